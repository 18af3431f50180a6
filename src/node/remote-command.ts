/**
 * Builds what a node's shell is given for a command or a sync tool (orgalorg's rules, without its traps:
 * nothing is ever cut, and everything that is ours is quoted).
 */
import { quote, quoteAll } from './quote.ts';

export interface RemoteCommand {
  /** The user's text: his words joined by blanks, as ssh does; shell syntax in it is meant for the node. */
  readonly text: string;
  /** Working directory, or the login directory. */
  readonly directory?: string | undefined;
  /** `--shell`: `{}` stands for the quoted command; an empty template leaves it to the login shell. */
  readonly shell: string;
  /** `$1`, `$2` … of the command (`-g`). */
  readonly parameters?: readonly string[];
  /** Told to the command in its environment; set here because sshd drops what a client sends. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One line of POSIX sh that runs the command in its shell, directory and environment. */
export function buildRemoteCommand(command: RemoteCommand): string {
  const { text, directory, shell, parameters = [], environment } = command;
  // A newline instead of orgalorg's "; }" lets a command end in a comment, an & or a here-document.
  const inDirectory = directory === undefined ? text : `cd ${quoteDirectory(directory)} && {\n${text}\n}`;
  const template = shell === '' ? `"\${SHELL:-/bin/sh}" -c '{}'` : shell;
  const argumentsText = parameters.length === 0 ? '' : ` _ ${quoteAll(parameters)}`;
  return `${exportLine(environment)}${fillTemplate(template, inDirectory)}${argumentsText}`;
}

/**
 * `'{}'` and `"{}"` are the whole command as one word. Inside a longer single-quoted text, as in `bash -c 'set -e; {}'`,
 * the command is spliced in, its own quotes made to survive there. A bare `{}` is the command as it stands.
 */
function fillTemplate(template: string, text: string): string {
  return template.replaceAll(/'\{\}'|"\{\}"|\{\}/g, (mark, at: number) => {
    if (mark !== '{}') return quote(text);
    const isInSingleQuotes = template.slice(0, at).split("'").length % 2 === 0;
    return isInSingleQuotes ? quote(text).slice(1, -1) : text;
  });
}

/** A directory is a word of ours, except that a leading `~/` or `$HOME/` means the login directory, as in orgalorg. */
function quoteDirectory(directory: string): string {
  const home = /^(~|\$HOME|\$\{HOME\})(\/.*)?$/s.exec(directory);
  if (home) return `"$HOME"${home[2] === undefined ? '' : quote(home[2])}`;
  return quote(directory.startsWith('-') ? `./${directory}` : directory);
}

function exportLine(environment: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`);
  return pairs.length === 0 ? '' : `export ${pairs.join(' ')}; `;
}
