/**
 * orgalorg's grammar, written out by hand: clusters (`-lx`), attached values (`-onode1`, `-xn'cmd'`), abbreviated long
 * options, and an end of options at the first word or `--`. What reads the line at run time is held to it, to the letter.
 */

import {
  OPTION_TABLE,
  type OptionName,
  type OptionRow,
  type TableRow,
} from '../../../src/cli/table/table.ts';
import { isForeign, unknownOptionHint } from '../../../src/cli/unknown-option.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { quoteInput } from '../../../src/text/quote-input.ts';

export interface GivenOption {
  readonly name: OptionName;
  readonly row: OptionRow;
  /** As the user wrote it: `-o` or `--host`; for messages. */
  readonly written: string;
  /** Undefined for flags. */
  readonly value: string | undefined;
}

export interface NormalisedLine {
  readonly options: readonly GivenOption[];
  /** Everything from the first word on, verbatim. A `--` that ended the options is not a part of it. */
  readonly words: readonly string[];
}

/**
 * Splits the line into options and words.
 * The `--` that ends the options is dropped in all modes: orgalorg does so with -C only, and takes it for
 * a file name with -U and -S, where it never names a file in practice.
 * Throws LockstepError `usage` for what is not an option, and for values that are missing or too many.
 */
export function normalise(argv: readonly string[]): NormalisedLine {
  const options: GivenOption[] = [];
  let index = 0;
  for (;;) {
    const word = argv[index];
    if (word === undefined || !isOption(word)) return { options, words: argv.slice(index) };
    if (word === '--') return { options, words: argv.slice(index + 1) };
    const next = argv[index + 1];
    const given = word.startsWith('--') ? [readLong(word, next)] : readCluster(word, next);
    options.push(...given.map(({ option }) => option));
    index += given.at(-1)?.tookNext ? 2 : 1;
  }
}

interface ReadOption {
  readonly option: GivenOption;
  /** The value was the next word of the line. */
  readonly tookNext: boolean;
}

function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function readLong(word: string, next: string | undefined): ReadOption {
  const equals = word.indexOf('=');
  const row = findLong(equals < 0 ? word.slice(2) : word.slice(2, equals));
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  const written = `--${row.long}`;
  if ('bareValue' in row) {
    return { option: { name: row.long, row, written, value: attached ?? row.bareValue }, tookNext: false };
  }
  if ('argument' in row) return readValue(row, written, attached, next);
  if (attached !== undefined) throw new LockstepError('usage', `${written} must not have an argument`);
  return { option: { name: row.long, row, written, value: undefined }, tookNext: false };
}

function readCluster(word: string, next: string | undefined): ReadOption[] {
  const read: ReadOption[] = [];
  const letters = [...word.slice(1)];
  for (const [index, letter] of letters.entries()) {
    const row = findShort(letter, letters[index - 1]);
    const written = `-${letter}`;
    if ('argument' in row) {
      const attached = letters.slice(index + 1).join('');
      read.push(readValue(row, written, attached === '' ? undefined : attached, next));
      break;
    }
    read.push({ option: { name: row.long, row, written, value: undefined }, tookNext: false });
  }
  return read;
}

/** A separate value may begin with `-`; only `--` is never a value. */
function readValue(
  row: TableRow,
  written: string,
  attached: string | undefined,
  next: string | undefined,
): ReadOption {
  if (attached !== undefined)
    return { option: { name: row.long, row, written, value: attached }, tookNext: false };
  if (next === undefined || next === '--') throw new LockstepError('usage', `${written} requires argument`);
  return { option: { name: row.long, row, written, value: next }, tookNext: true };
}

/** `before`: the letter in front of it in its cluster. */
function findShort(letter: string, before: string | undefined): TableRow {
  const row = OPTION_TABLE.find((candidate: OptionRow) => candidate.short === letter);
  // ssh -p2222
  if (row === undefined && before === 'p' && /\d/.test(letter)) {
    throw new LockstepError('usage', '-p takes no value', { hint: unknownOptionHint('--port') });
  }
  return known(row, `-${letter}`);
}

/** An exact name wins, then a unique prefix of orgalorg's options, then one of the others. */
function findLong(prefix: string): TableRow {
  const matches = OPTION_TABLE.filter((row) => row.long.startsWith(prefix));
  const exact = matches.find((row) => row.long === prefix);
  if (exact) return known(exact, `--${prefix}`);
  const old = matches.filter((row: OptionRow) => !row.isAdded);
  const candidates = old.length > 0 ? old : isForeign(`--${prefix}`) ? [] : matches;
  if (candidates.length > 1) {
    const names = candidates.map((row) => `--${row.long}`).join(', ');
    throw new LockstepError('usage', `${quotedOption(`--${prefix}`)} is not a unique prefix: ${names}?`);
  }
  return known(candidates[0], `--${prefix}`);
}

function known(row: TableRow | undefined, written: string): TableRow {
  if (!row) {
    throw new LockstepError('usage', `${quotedOption(written)} is not an option`, {
      hint: unknownOptionHint(written),
    });
  }
  return row;
}

/** Bare, as orgalorg prints it, unless it holds something that a terminal would obey. */
function quotedOption(written: string): string {
  return /^[\w-]{1,40}$/.test(written) ? written : quoteInput(written);
}
