/**
 * What fingers trained on ssh, pdsh, pssh, clush and Ansible type here, and which option they mean. Pure.
 */
import { LOCKING_MODES } from '../run/rules/rules.ts';
import type { GivenOption } from './cut-line.ts';
import { OPTION_GROUPS, OPTION_TABLE, type OptionName, type OptionRow } from './table/table.ts';

/** Flags here that take a value in other tools: the word after them ends the options unawares. */
const FLAG_ELSEWHERE_VALUE: Readonly<Record<string, string>> = {
  'no-conn-fail': '-w leaves out nodes that cannot be reached; targets are -o HOST',
  serial: '-l is serial output; the login user is -u NAME',
  'no-lock-fail': '-t goes on without a lock; the timeout to connect is -c MS',
  password: '-p asks for a password; the port is a part of the target: -o HOST:PORT',
  sudo: "-x is sudo; to leave out a node, write -o '!NODE'",
  relative: '-e is for relative names; the command stands behind -C',
} satisfies Partial<Record<OptionName, string>>;

/** The words after the options, on a line without a mode. */
export interface StrayWords {
  readonly options: readonly GivenOption[];
  readonly words: readonly string[];
  /** The first word, safe to print. */
  readonly quoted: string;
}

/** For a line without a mode: which option the user may have meant by an option, or by the first word. */
export function strayWordHint({ options, words, quoted }: StrayWords): string {
  const last = options.at(-1);
  const [first] = words;
  const eaten = eatenHint(options);
  if (eaten !== undefined) return eaten;
  if (first === undefined) return EXAMPLE;
  if (/^[–—−]/.test(first)) return `options begin with -, and ${quoted} with a longer dash`;
  const habit = detachedHint(last, first) ?? (last && FLAG_ELSEWHERE_VALUE[last.name]);
  if (habit !== undefined) return habit;
  const hasMode = words.some((word) => OPTION_GROUPS.mode.some((row) => isWrittenFor(row, word)));
  const example = isPlain(first) ? first : 'HOST';
  const command = isPlain(first) ? first : 'COMMAND';
  if (last?.name === 'host' && !hasMode) {
    return `-C is missing before the command: -o HOST -C ${command}`;
  }
  if (last?.name === 'host') {
    return `options end at the first word, ${quoted}; each target has a -o of its own: -o HOST -o ${example}`;
  }
  if (last === undefined && !hasMode) {
    const named = OPTION_TABLE.find(({ long }) => long === first);
    if (named !== undefined) return `that is an option: --${first}`;
    const [host, program] = words.length > 1 ? [example, words[1] ?? ''] : ['HOST', command];
    return `targets stand after -o, and the command after -C: lockstep -o ${host} -C ${isPlain(program) ? program : 'COMMAND'}`;
  }
  return `options end at the first word, ${quoted}; put ${LOCKING_MODES.replace('and', 'or')} before it, and targets after -o`;
}

const EXAMPLE = 'for instance: lockstep -o HOST -C uptime';

/** An option that takes a value takes the next word, whatever it is. */
export function eatenHint(options: readonly GivenOption[]): string | undefined {
  const eater = options.find(({ value }) => value !== undefined && isOptionWord(value));
  if (eater === undefined) return undefined;
  const { row, written, value } = eater;
  return `${written} takes ${row?.argument}, and has taken ${value} for it`;
}

function isOptionWord(word: string): boolean {
  return OPTION_TABLE.some((row) => isWrittenFor(row, word));
}

function isWrittenFor({ long, short }: OptionRow, word: string): boolean {
  return word === `--${long}` || (short !== undefined && word === `-${short}`);
}

/** `--lock-wait 10s`, `--fold diff`: an option with an optional value takes it only after a `=`. */
function detachedHint(last: GivenOption | undefined, word: string | undefined): string | undefined {
  if (last?.row?.bareValue === undefined || word === undefined) return undefined;
  const isValue = last.row.choices?.includes(word) ?? TIME.test(word);
  return isValue ? `write ${last.written}=${word}` : undefined;
}

/** A number, or a time such as 10s: no command has such a name. */
const TIME = /^\d{1,9}(?:ms|[smh])?$/;

export function isNumberOrTime(word: string): boolean {
  return TIME.test(word);
}

/** One of ssh's own options behind `-o`, as in `-o StrictHostKeyChecking=no`. */
export function isSshOption(target: string): boolean {
  return /^[A-Z][A-Za-z]{3,40}[= ]/.test(target);
}

/** A private key to log in with, by its name; those of web servers have other names. */
export function isIdentityFile(path: string): boolean {
  return /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)|identity)$/.test(path);
}

/** A word that an example can show as it is. */
function isPlain(word: string): boolean {
  return /^[\w@.:[\]/-]{1,60}$/.test(word) && !word.startsWith('-');
}
