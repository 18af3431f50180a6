/**
 * Node reads its arguments as UTF-8, and puts U+FFFD for bytes that are not: a name would be another one on the nodes.
 * lockstep refuses such a word and shows it, if the system knows what the user really typed.
 */
import { readFileSync } from 'node:fs';
import { LockstepError } from '../core/errors.ts';

const REPLACEMENT = '\u{FFFD}';
const COMMAND_LINE = '/proc/self/cmdline';

/** Throws LockstepError `usage`. `read`: returns the bytes of the command line, with a NUL after each word, if they are known. */
export function refuseLostBytes(argv: readonly string[], read = readCommandLine): void {
  if (!argv.some((word) => word.includes(REPLACEMENT))) return;
  const commandLine = read();
  if (commandLine === undefined) return;
  const given = lastWords(commandLine, argv.length);
  const lost = argv.findIndex(
    (word, at) => word.includes(REPLACEMENT) && !given[at]?.equals(Buffer.from(word)),
  );
  if (lost < 0) return;
  throw new LockstepError('usage', `a word is not UTF-8: ${shown(given[lost])}`, {
    hint: 'its bytes cannot be passed on as they are; in a command write them for the shell: printf "\\351" makes one',
  });
}

function readCommandLine(): Buffer | undefined {
  try {
    return readFileSync(COMMAND_LINE);
  } catch {
    return undefined;
  }
}

function lastWords(commandLine: Buffer, count: number): Buffer[] {
  const words: Buffer[] = [];
  for (let start = 0, end = 0; start < commandLine.length; start = end + 1) {
    end = commandLine.indexOf(0, start);
    if (end < 0) end = commandLine.length;
    words.push(commandLine.subarray(start, end));
  }
  return words.slice(-count);
}

/** `lat\xe9`: plain characters as they are, all other bytes by value. */
function shown(word: Buffer | undefined): string {
  const bytes = [...(word ?? [])].slice(0, 100);
  const text = bytes.map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `'${text.join('')}'`;
}
