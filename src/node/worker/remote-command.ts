/**
 * Builds what a node's shell is given for a command or a sync tool (orgalorg's rules, without its traps:
 * nothing is ever cut, and everything that is ours is quoted).
 */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { quote, quoteAll } from '../quote.ts';
import { asCommand, fillTemplate } from './shell-template.ts';

export interface RemoteCommand {
  /** The user's text: his words joined by blanks, as ssh does; shell syntax in it is meant for the node. */
  readonly text: string;
  /** Working directory, a relative one below the login directory; undefined: the login directory. */
  readonly directory?: string | undefined;
  /** `--shell`: `{}` stands for the command; an empty template leaves it to the login shell; undefined: bash, or sh where there is none. */
  readonly shell: string | undefined;
  /** `$1`, `$2` … of the command (`-g`). */
  readonly parameters?: readonly string[];
  /** Told to the command beside LOCKSTEP_ROOT, the directory; set here because sshd drops what a client sends. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * One line of POSIX sh that runs the command in its shell, directory and environment; `$own_session` is what gives it a
 * session and process group of its own (own-session.sh).
 */
export function buildRemoteCommand(command: RemoteCommand): string {
  const { text, directory, shell, parameters = [], environment } = command;
  // bash may get a function from its environment, as that of rvm. Not every shell that is named knows these words.
  const change = `${shell === undefined ? 'command cd' : 'cd'} ${quoteDirectory(directory ?? '.')}`;
  // A newline instead of orgalorg's "; }" lets a command end in a comment, an & or a here-document.
  const inDirectory = directory === undefined ? text : `${change} && {\n${text}\n}`;
  const { prelude, call } = callOf(shell, inDirectory);
  const argumentsText = parameters.length === 0 ? '' : ` _ ${quoteAll(parameters)}`;
  const line = `${exportLine(environment, directory)}${prelude}`;
  const whole = `${call}${argumentsText}`;
  const isCall = whole.startsWith('exec ');
  return `${line}exec $own_session ${isCall ? whole.slice('exec '.length) : `sh -c ${quote(asCommand(whole))}`}`;
}

/** Throws LockstepError `usage` for a command that no shell could be given. */
export function checkLength(command: Omit<RemoteCommand, 'environment'>): void {
  const { text, shell = "bash -c '{}'", parameters = [], directory = '' } = command;
  // Where the template is no mere call of a shell, all of it, with the parameters, is a word of the sh that reads it.
  const { call } = callOf(shell, text);
  const word = call.startsWith('exec ') ? text : `${call}${quoteAll(parameters)}`;
  const change = directory === '' ? 0 : Buffer.byteLength(quoteDirectory(directory)) + CHANGE_BYTES;
  const longest = Math.max(...[word, ...parameters].map((one) => Buffer.byteLength(one)));
  if (longest + change <= LIMITS.wordBytesMax) return;
  const message = `the command has ${longest} bytes, and a shell can be given ${LIMITS.wordBytesMax} at most`;
  throw new LockstepError('usage', message, {
    hint: 'send it as a script with -U and run that, or let a shell read it: -i SCRIPT -C sh',
  });
}

/** The bytes before a command that goes to its directory first. */
const CHANGE_BYTES = 24;

/** The same for a tool of ours, as `bootHere` has written it: no shell of the user's, and what his login has set stays aside. */
export function buildOwnCommand({
  text,
  directory,
  environment,
}: Pick<RemoteCommand, 'text' | 'directory' | 'environment'>): string {
  return `: ours; ${exportLine(environment, directory)}cd ${quoteDirectory(directory ?? '.')} || exit; ${text}`;
}

/** A bare `{}` gets a shell of its own, since the one that reads the line has names of ours. */
function callOf(template: string | undefined, text: string): { prelude: string; call: string } {
  if (template === undefined) return { prelude: BASH_OR_SH, call: `exec "$1" -c ${quote(asCommand(text))}` };
  const { line, isBare } = fillTemplate(template === '' ? '{}' : template, text);
  if (isBare) return { prelude: '', call: `exec "\${SHELL:-/bin/sh}" -c ${quote(asCommand(line))}` };
  if (!SHELL_CALL.test(template)) return { prelude: '', call: line };
  return { prelude: unlessMissing(template), call: `exec ${line}` };
}

/** Says whose word it was that is not there; every node has sh. */
function unlessMissing(template: string): string {
  const [program = ''] = template.split(' ');
  if (program === 'sh') return '';
  const words = `lockstep: --shell names ${program}, which is not on this node`;
  return `command -v ${program} >/dev/null || { echo '${words}' >&2; exit 127; }; `;
}

/** Asks whether bash is there, without starting a process. */
const BASH_OR_SH = 'command -v bash >/dev/null && set bash || set sh; ';

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
