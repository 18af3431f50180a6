/**
 * Cuts a command line as POSIX and orgalorg do: clusters (`-lx`), attached values (`-onode1`, `-xn'cmd'`),
 * abbreviated long options, and an end of options at the first word or `--`. yargs then says what is wrong with an
 * option. Node's own parser does the cutting, since yargs takes attached values apart into flags. Pure.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { OPTION_TABLE, type OptionRow } from './table/table.ts';
import { isForeign } from './unknown-option.ts';

export interface GivenOption {
  /** The long name; for an unknown option the word as written. */
  readonly name: string;
  readonly row: OptionRow | undefined;
  /** As the user wrote it: `-o` or `--host`; for messages. */
  readonly written: string;
  /** Undefined for flags, and if it is missing. */
  readonly value: string | undefined;
  /** The word of the line that holds it, from 0. */
  readonly at: number;
}

export interface CutLine {
  readonly options: readonly GivenOption[];
  /** Everything from the first word on, verbatim, without a `--` that ended the options. */
  readonly words: readonly string[];
}

/**
 * Drops the `--` that ends the options in all modes: orgalorg does so only with -C, and takes it for a file name with
 * -U and -S, where it never names a file in practice.
 */
export function cutLine(argv: readonly string[]): CutLine {
  const args = argv.slice(0, endOfOptions(argv));
  const { tokens } = parseArgs({ args, options: optionTypes(args), strict: false, tokens: true });
  const options: GivenOption[] = [];
  for (const token of tokens) {
    const { index: at } = token;
    const word = argv[at] ?? '';
    if (token.kind === 'positional') return { options, words: argv.slice(at) };
    if (word === '--') return { options, words: argv.slice(at + 1) };
    // In `-x-` Node reads the second dash as the end of the options.
    const { value, inlineValue } = token.kind === 'option' ? token : {};
    const given = rowOf(word, options.filter((option) => option.at === at).length);
    // A separate value may begin with `-`; only `--` is never a value.
    const isMissing = value === undefined || (value === '--' && !inlineValue);
    options.push({ ...given, value: isMissing ? given.row?.bareValue : value, at });
  }
  return { options, words: [] };
}

/** Two words without a dash: the second is no value, so no option follows. There may be 100,000 words. */
function endOfOptions(argv: readonly string[]): number {
  const end = argv.findIndex((word, at) => at > 0 && !word.startsWith('-') && !argv[at - 1]?.startsWith('-'));
  return end < 0 ? argv.length : end + 1;
}

const ROWS: readonly OptionRow[] = OPTION_TABLE;

/** What Node must know of the names and letters on the line: which take a value. */
function optionTypes(args: readonly string[]): NonNullable<ParseArgsConfig['options']> {
  const names = args.filter((word) => /^--./.test(word)).map(longName);
  return Object.fromEntries([
    ...names.map((name) => [name, { type: typeOf(findLong(name)) }] as const),
    ...ROWS.flatMap((row) => {
      const { long, short } = row;
      return short === undefined ? [] : [[long, { type: typeOf(row), short }] as const];
    }),
  ]);
}

function typeOf(row: OptionRow | undefined): 'string' | 'boolean' {
  return row?.argument !== undefined && row.bareValue === undefined ? 'string' : 'boolean';
}

/** `nth`: the place of its letter in the cluster, from 0. */
function rowOf(word: string, nth: number): Pick<GivenOption, 'name' | 'row' | 'written'> {
  if (word.startsWith('--')) {
    const row = findLong(longName(word));
    const name = row?.long ?? longName(word);
    return { name, row, written: `--${name}` };
  }
  const letter = String.fromCodePoint(word.codePointAt(1 + nth) ?? 0);
  const row = ROWS.find(({ short }) => short === letter);
  return { name: row?.long ?? letter, row, written: `-${letter}` };
}

function longName(word: string): string {
  return word.slice(2).split('=', 1)[0] ?? '';
}

function findLong(name: string): OptionRow | undefined {
  const rows = rowsOf(name);
  return rows.length === 1 ? rows[0] : undefined;
}

/** The rows that a long name may mean: an exact match wins, then orgalorg's that begin like it, then the others. */
export function rowsOf(name: string): readonly OptionRow[] {
  const matches = ROWS.filter(({ long }) => long.startsWith(name));
  const exact = matches.filter(({ long }) => long === name);
  if (exact.length > 0) return exact;
  const old = matches.filter(({ isAdded }) => !isAdded);
  return old.length > 0 ? old : isForeign(`--${name}`) ? [] : matches;
}
