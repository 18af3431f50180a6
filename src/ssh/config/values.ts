/** Values of keywords: each reader returns its words as lockstep keeps them, or throws LockstepError `usage` with the place. */
import { quoteInput } from '../../text/quote-input.ts';
import { type Line, mistake, type Word } from './lines.ts';

/** The line says nothing, and a later one may. */
export type ReadValue = (line: Line) => readonly string[];

export const text: ReadValue = (line) => [only(line, 'a value').text];

/** Checks nothing: the code that uses the value does. */
export const anything: ReadValue = ({ words }) => words.map((word) => word.text);

/** Takes the line as it stands: quotes and `#` belong to the shell here. */
export const command: ReadValue = ({ rest }) => [rest.text.replace(/^[ \t\r=]+/, '')];

export const flag: ReadValue = (line) => oneOf(line, { yes: 'yes', true: 'yes', no: 'no', false: 'no' });

export const choice =
  (values: Readonly<Record<string, string>>): ReadValue =>
  (line) =>
    oneOf(line, values);

/** Seconds. `none` is no value, as in OpenSSH. */
export const time: ReadValue = (line) => {
  const word = only(line, 'a time');
  if (word.text === 'none') return [];
  const parts = [...word.text.matchAll(/(\d+)([smhdw]?)/gi)];
  if (!/^(?:\d+[smhdw]?)+$/i.test(word.text)) throw unexpected(word, 'a time: seconds, or such as 1m30s');
  const seconds = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * unitSeconds(unit), 0);
  if (seconds > INT_MAX) throw unexpected(word, 'a time of less than 68 years');
  return [String(seconds)];
};

export const count =
  (min = 0): ReadValue =>
  (line) => {
    const word = only(line, 'a number');
    if (!/^\d{1,10}$/.test(word.text) || Number(word.text) > INT_MAX || Number(word.text) < min)
      throw unexpected(word, `a number from ${min}`);
    return [String(Number(word.text))];
  };

export const port: ReadValue = (line) => {
  const word = only(line, 'a port');
  return [String(portOf(word.text) ?? fail(word, 'a number from 1 to 65535'))];
};

/** Names of files, a lone `none`, or names of anything else. */
export const list: ReadValue = ({ words, written, rest }) => {
  if (words.length === 0) throw mistake(rest.place, `${written} has no value`, 'expected one behind it');
  for (const word of words) {
    if (word.text === '') throw unexpected(word, 'a name');
    if (word.text.toLowerCase() === 'none' && words.length > 1) throw unexpected(word, 'none to stand alone');
  }
  return words.map((word) => word.text);
};

export const sendEnv: ReadValue = ({ words }) => {
  for (const word of words)
    if (word.text === '' || word.text.includes('=')) throw unexpected(word, 'the name of a variable');
  return words.map((word) => word.text);
};

export const setEnv: ReadValue = ({ words }) => {
  for (const word of words) if (!word.text.includes('=')) throw unexpected(word, 'NAME=value');
  const names = new Set<string>();
  return words
    .map((word) => word.text)
    .filter((one) => {
      const name = one.slice(0, one.indexOf('='));
      return !names.has(name) && names.add(name);
    });
};

/** Names of algorithms; the transport knows which of them exist. */
export const algorithms: ReadValue = (line) => {
  const word = only(line, 'algorithms');
  const names = word.text.replace(/^[+^-]/, '').split(',');
  if (!names.every((name) => /^[A-Za-z0-9@.*?_-]+$/.test(name)))
    throw unexpected(word, 'names with commas between them, perhaps behind a +, - or ^');
  return [word.text];
};

export const agent: ReadValue = (line) => {
  const word = only(line, 'a path, SSH_AUTH_SOCK or none');
  if (word.text.startsWith('$') && !/^\$(?:\{[^}]+\}|[A-Za-z_]\w*$)/.test(word.text))
    throw unexpected(word, 'the name of a variable behind the $');
  return [word.text];
};

/** `none`, or hops with commas between them. */
export const jump: ReadValue = ({ rest }) => {
  const written = rest.text.replace(/^[ \t\r=]+/, '').replace(/[ \t]*#.*$/, '');
  if (written.toLowerCase() === 'none') return ['none'];
  for (const hop of written.split(',')) {
    if (parseHop(hop) === undefined)
      throw unexpected({ text: hop, place: rest.place }, '[user@]host[:port], with commas between them');
  }
  return [written];
};

export interface Hop {
  readonly user: string | undefined;
  /** The host as written, which may be another alias. */
  readonly host: string;
  readonly port: number | undefined;
}

/** `[user@]host[:port]`, or the same as `ssh://` address. */
export function parseHop(written: string): Hop | undefined {
  const address = /^ssh:\/\/([^/]+)\/?$/.exec(written)?.[1] ?? written;
  const parts = /^(?:(.+)@)?(?:\[([^\]]+)\]|([^:[\]@]+))(?::(.*))?$/.exec(address);
  const host = parts?.[2] ?? parts?.[3];
  if (host === undefined || parts === null || /[\s/]/.test(host)) return undefined;
  const given = parts[4] === undefined || parts[4] === '' ? undefined : parts[4];
  const number = given === undefined ? undefined : portOf(given);
  if (given !== undefined && number === undefined) return undefined;
  return { user: parts[1], host, port: number };
}

export function unexpected(word: Word, expected: string) {
  return mistake(word.place, quoteInput(word.text), `expected ${expected}`);
}

const INT_MAX = 2 ** 31 - 1;

function portOf(written: string): number | undefined {
  if (written === 'ssh') return 22;
  const number = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

/** The one word of a line that takes no more. */
function only({ words, written, rest }: Line, what: string): Word {
  const [word, more] = words;
  if (word === undefined || word.text === '')
    throw mistake(word?.place ?? rest.place, `${written} has no value`, `expected ${what}`);
  if (more !== undefined) throw unexpected(more, `nothing more behind ${written}`);
  return word;
}

function oneOf(line: Line, values: Readonly<Record<string, string>>): readonly string[] {
  const names = [...new Set(Object.values(values))].join(', ');
  const word = only(line, names);
  const value = values[word.text.toLowerCase()];
  if (value === undefined) throw unexpected(word, names.replace(/, ([^,]*)$/, ' or $1'));
  return [value];
}

function fail(word: Word, expected: string): never {
  throw unexpected(word, expected);
}

function unitSeconds(unit: string): number {
  return { m: 60, h: 3600, d: 86_400, w: 604_800 }[unit.toLowerCase()] ?? 1;
}
