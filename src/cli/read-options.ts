/**
 * Reads the options of a cut line by yargs and the table: flags, counts, repeats, choices. Words the mistake of one in
 * lockstep's sentences. Pure.
 */
import yargs, { type Argv } from 'yargs';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { PAIRS } from '../run/rules/rules.ts';
import { quoteInput } from '../text/quote-input.ts';
import { type GivenOption, rowsOf } from './cut-line.ts';
import { eatenHint } from './habits.ts';
import { readValue } from './read-value.ts';
import { nameOf } from './table/option-row.ts';
import type { OptionValues } from './table/option-values.ts';
import { OPTION_TABLE, type OptionRow } from './table/table.ts';
import { unknownOptionHint } from './unknown-option.ts';

/** Throws LockstepError `usage` for the first option that yargs refuses. */
export function readOptions(options: readonly GivenOption[]): OptionValues {
  const read = parse(options);
  if (read instanceof Error) throw firstMistake(options) ?? conflict(read.message) ?? read;
  const values = OPTION_TABLE.map((row) => [row.long, meaningOf(row, read[row.long])]);
  // The rows are those that OptionValues is derived from.
  return Object.fromEntries(values) as OptionValues;
}

/** If an option is given twice the last one counts, so that a line can overrule an alias. */
function meaningOf({ argument, repeats, default: usual }: OptionRow, read: unknown): unknown {
  if (argument === undefined) return read ?? (repeats ? 0 : false);
  const given = read === undefined ? [] : [read].flat();
  return repeats ? given : (given.at(-1) ?? usual);
}

function parse(options: readonly GivenOption[]): Record<string, unknown> | Error {
  try {
    return createParser(options).parseSync(options.map(canonical));
  } catch (error) {
    return error as Error;
  }
}

/** The only form that yargs reads without surprises; an unknown option gets a name that yargs cannot know. */
function canonical({ name, row, value }: GivenOption): string {
  if (row === undefined) return `--?${name}`;
  return value === undefined ? `--${name}` : `--${name}=${value}`;
}

/** Yargs without its own answers, files and guesses. */
export function bareParser(): Argv {
  return yargs([], '')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
    })
    .locale('en')
    .help(false)
    .version(false)
    .strict()
    .exitProcess(false);
}

/** A fresh parser for one line, since yargs keeps state. It knows only the line's options, since each costs yargs time. */
function createParser(options: readonly GivenOption[]): Argv {
  const rows = [...new Set(options.flatMap(({ row }) => row ?? []))];
  const flags = rows.filter(({ argument }) => argument === undefined);
  const takers = rows.filter(({ argument }) => argument !== undefined);
  // A user who asks for help gets it, whatever the values are.
  const isAsking = rows.some(isAnswer);
  const checked = isAsking ? [] : rows;
  return bareParser()
    .boolean(namesOf(flags.filter(({ repeats }) => !repeats)))
    .count(namesOf(flags.filter(({ repeats }) => repeats)))
    .nargs(Object.fromEntries(flags.map(({ long }) => [long, 0])))
    .string(namesOf(takers))
    .requiresArg(namesOf(takers))
    .choices(Object.fromEntries(checked.flatMap(({ long, choices }) => (choices ? [[long, choices]] : []))))
    .conflicts(Object.fromEntries(checked.map((row) => [row.long, namesOf([...excludedBy(row).keys()])])))
    .coerce(Object.fromEntries((isAsking ? [] : takers).map((row) => [row.long, valueReader(row)])))
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
}

/** The options that exclude it, each with what to do instead. */
function excludedBy({ field }: OptionRow): ReadonlyMap<OptionRow, string> {
  const pairs = PAIRS.filter(({ fields }) => fields[0] === field);
  return new Map(
    pairs.flatMap(({ fields: [, other], hint }) =>
      OPTION_TABLE.filter((row: OptionRow) => row.field === other).map((row) => [row, hint] as const),
    ),
  );
}

/** `--help` and `--version`. */
export function isAnswer({ long }: { readonly long: string }): boolean {
  return long === 'help' || long === 'version';
}

const namesOf = (rows: readonly OptionRow[]) => rows.map(({ long }) => long);

/** Reads the values of an option: one, or several if it is repeated. */
function valueReader(row: OptionRow): (given: string | readonly string[]) => unknown {
  return (given) => [given].flat().map((text) => readValue(row, text, `--${row.long}`));
}

/** The first option that is wrong by itself; an unknown one comes before one with a wrong value. */
function firstMistake(options: readonly GivenOption[]): LockstepError | undefined {
  let ofValue: LockstepError | undefined;
  for (const [index, option] of options.entries()) {
    const read = parse([option]);
    if (!(read instanceof Error)) continue;
    const written = writtenWrongly({ option, before: options[index - 1], message: read.message });
    if (written !== undefined) return written;
    ofValue ??= valueMistake(option);
  }
  return ofValue;
}

interface Refusal {
  readonly option: GivenOption;
  readonly before: GivenOption | undefined;
  /** What yargs says. */
  readonly message: string;
}

function writtenWrongly({ option, before, message }: Refusal): LockstepError | undefined {
  if (message.startsWith('Unknown argument')) return unknownOption(option, before);
  if (message.startsWith('Not enough arguments')) return usage(`${option.written} requires argument`);
  if (message.startsWith('Argument unexpected')) return usage(`${option.written} must not have an argument`);
  return undefined;
}

function valueMistake(option: GivenOption): LockstepError | undefined {
  const { row, written, value = '' } = option;
  if (row === undefined) return undefined;
  const eaten = eatenHint([option]);
  try {
    readValue(row, value, written);
  } catch (error) {
    const { message, hint } = toLockstepError(error);
    return usage(message, eaten ?? hint);
  }
  return usage(
    `${written} does not take ${quoteInput(value)}`,
    eaten ?? `it takes ${row.choices?.join(', ')}`,
  );
}

function conflict(message: string): LockstepError | undefined {
  const [, ...names] = /^Arguments (\S+) and (\S+) are mutually exclusive$/.exec(message) ?? [];
  const [row, other] = names.flatMap((name) => rowsOf(name));
  if (row === undefined || other === undefined) return undefined;
  return usage(`${nameOf(row)} and ${nameOf(other)} exclude each other`, excludedBy(row).get(other));
}

function unknownOption({ name, written, at }: GivenOption, before: GivenOption | undefined): LockstepError {
  const rows = written.startsWith('--') ? rowsOf(name) : [];
  if (rows.length > 1) {
    const names = rows.map(({ long }) => `--${long}`).join(', ');
    return usage(`${quotedOption(written)} is not a unique prefix: ${names}?`);
  }
  // ssh -p2222
  if (before?.written === '-p' && before.at === at && /\d/.test(name)) {
    return usage('-p takes no value', unknownOptionHint('--port'));
  }
  return usage(`${quotedOption(written)} is not an option`, unknownOptionHint(written));
}

function usage(message: string, hint?: string): LockstepError {
  return new LockstepError('usage', message, hint === undefined ? {} : { hint });
}

/** Bare, as orgalorg prints it, unless a terminal would obey something in it. */
function quotedOption(written: string): string {
  return /^[\w-]{1,40}$/.test(written) ? written : quoteInput(written);
}
