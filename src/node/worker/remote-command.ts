/**
 * Builds what a node's shell is given for a command or a sync tool (orgalorg's rules, without its traps:
 * nothing is ever cut, and everything that is ours is quoted).
 */
import { quote, quoteAll } from '../quote.ts';

export interface RemoteCommand {
  /** The user's text: his words joined by blanks, as ssh does; shell syntax in it is meant for the node. */
  readonly text: string;
  /** Working directory, a relative one below the login directory; undefined: the login directory. */
  readonly directory?: string | undefined;
  /** `--shell`: `{}` stands for the command; an empty template leaves it to the login shell. */
  readonly shell: string;
  /** `$1`, `$2` … of the command (`-g`). */
  readonly parameters?: readonly string[];
  /** For a step of a session: the keeper says how the command gets a process group of its own. */
  readonly isStep?: boolean;
  /** Told to the command beside LOCKSTEP_ROOT, the directory; set here because sshd drops what a client sends. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One line of POSIX sh that runs the command in its shell, directory and environment. */
export function buildRemoteCommand(command: RemoteCommand): string {
  const { text, directory, shell, parameters = [], environment, isStep = false } = command;
  // A newline instead of orgalorg's "; }" lets a command end in a comment, an & or a here-document.
  const inDirectory = directory === undefined ? text : `cd ${quoteDirectory(directory)} && {\n${text}\n}`;
  const filled = fillTemplate(shell === '' ? '{}' : shell, inDirectory);
  const argumentsText = parameters.length === 0 ? '' : ` _ ${quoteAll(parameters)}`;
  const line = exportLine(environment, directory);
  const call = `${filled}${argumentsText}`;
  if (!isStep) return `${line}${call}`;
  const isCall = call.startsWith('exec ');
  return `${line}exec $own_session ${isCall ? call.slice('exec '.length) : `sh -c ${quote(call)}`}`;
}

/**
 * `'{}'` and `"{}"` are the whole command as one word. Inside a longer single-quoted text, as in `bash -c 'set -e; {}'`,
 * the command is spliced in, its own quotes made to survive there. A bare `{}` is the command as it stands; the line then
 * gets a shell of its own, since the one that reads it here has names of ours.
 */
function fillTemplate(template: string, text: string): string {
  let isBare = false;
  const filled = template.replaceAll(/'\{\}'|"\{\}"|\{\}/g, (mark, at: number) => {
    if (mark !== '{}') return quote(text);
    if (template.slice(0, at).split("'").length % 2 === 0) return quote(text).slice(1, -1);
    isBare = true;
    return text;
  });
  if (isBare) return `exec "\${SHELL:-/bin/sh}" -c ${quote(filled)}`;
  return SHELL_CALL.test(template) ? `exec ${filled}` : filled;
}

/** A template that only calls a shell takes the place of the one that reads it: one process less on the node. */
const SHELL_CALL = /^[\w./+-]+( -[\w-]+)* -c ('\{\}'|"\{\}")$/;

/** The prefix keeps a leading `-` from being an option, and CDPATH out. */
function quoteDirectory(directory: string): string {
  return quote(directory.startsWith('/') ? directory : `./${directory}`);
}

function exportLine(environment: Readonly<Record<string, string>>, directory = '.'): string {
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`);
  return `export ${pairs.join(' ')} LOCKSTEP_ROOT=${absoluteDirectory(directory)}; `;
}

/** The line begins in the login directory. */
function absoluteDirectory(directory: string): string {
  if (directory.startsWith('/')) return quote(directory);
  return directory === '.' ? '"$PWD"' : `"$PWD"/${quote(directory)}`;
}
