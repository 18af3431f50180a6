/**
 * What the options of a cut line mean, by yargs and the table: flags, counts, repeats, choices; and what is wrong with
 * one, in our words. Pure.
 */
import yargs, { type Argv } from 'yargs';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';
import { type GivenOption, rowsOf } from './cut-line.ts';
import { OPTION_TABLE, type OptionRow, type OptionValues } from './table.ts';
import { unknownOptionHint } from './unknown-option.ts';

/** Throws LockstepError `usage` for the first option that yargs refuses. */
export function readOptions(options: readonly GivenOption[]): OptionValues {
  const read = parse(options);
  if (read instanceof Error) throw firstMistake(options) ?? read;
  const values = OPTION_TABLE.map((row) => [row.long, meaningOf(row, read[row.long])]);
  // Made from the rows that OptionValues is made from.
  return Object.fromEntries(values) as OptionValues;
}

/** Of an option that is given more than once the last one counts, so that a line can overrule what an alias holds. */
function meaningOf({ argument, repeats }: OptionRow, read: unknown): unknown {
  if (argument === undefined) return read ?? (repeats ? 0 : false);
  const given = read === undefined ? [] : [read].flat();
  return repeats ? given : given.at(-1);
}

function parse(options: readonly GivenOption[]): Record<string, unknown> | Error {
  try {
    return createParser(options).parseSync(options.map(canonical));
  } catch (error) {
    return error as Error;
  }
}

/** The one form that yargs reads without surprises; what is no option becomes a name that is none for yargs, whatever it is. */
function canonical({ name, row, value }: GivenOption): string {
  if (row === undefined) return `--?${name}`;
  return value === undefined ? `--${name}` : `--${name}=${value}`;
}

/** A fresh parser for one line, since yargs keeps state; it knows what the line names, since each option takes it a while. */
function createParser(options: readonly GivenOption[]): Argv {
  const rows = [...new Set(options.flatMap(({ row }) => row ?? []))];
  const names = (isMeant: (row: OptionRow) => unknown) => rows.filter(isMeant).map(({ long }) => long);
  const takers = rows.filter(({ argument }) => argument !== undefined);
  const flags = names(({ argument, repeats }) => argument === undefined && !repeats);
  const counts = names(({ argument, repeats }) => argument === undefined && repeats);
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
    .boolean(flags)
    .count(counts)
    .nargs(Object.fromEntries([...flags, ...counts].map((name) => [name, 0])))
    .string(names(({ argument }) => argument !== undefined))
    .requiresArg(names(({ argument }) => argument !== undefined))
    .choices(Object.fromEntries(takers.flatMap(({ long, choices }) => (choices ? [[long, choices]] : []))))
    .coerce(
      names(({ argument, mayBeEmpty }) => argument !== undefined && !mayBeEmpty),
      refuseEmpty,
    )
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
}

/** `given`: several, where the option is repeated. */
function refuseEmpty<Value>(given: Value): Value {
  if ([given].flat().some((value) => value === '')) throw new Error(EMPTY);
  return given;
}

const EMPTY = 'empty';

/** Of the options that are refused by themselves the first; one that is written wrongly comes before a value that is. */
function firstMistake(options: readonly GivenOption[]): LockstepError | undefined {
  let ofValue: LockstepError | undefined;
  for (const [index, option] of options.entries()) {
    const read = parse([option]);
    if (!(read instanceof Error)) continue;
    const mistake = mistakeOf({ option, before: options[index - 1], message: read.message });
    if (!/^(?:empty|Invalid values)/.test(read.message)) return mistake;
    ofValue ??= mistake;
  }
  return ofValue;
}

interface Refusal {
  readonly option: GivenOption;
  readonly before: GivenOption | undefined;
  /** What yargs says. */
  readonly message: string;
}

function mistakeOf({ option, before, message }: Refusal): LockstepError {
  const { row, written, value = '' } = option;
  if (message === EMPTY) {
    return usage(`the value of ${written} is empty`, 'is a variable of your script unset?');
  }
  if (message.startsWith('Invalid values')) {
    return usage(`${written} does not take ${quoteInput(value)}`, `it takes ${row?.choices?.join(', ')}`);
  }
  if (message.startsWith('Not enough arguments')) return usage(`${written} requires argument`);
  if (message.startsWith('Argument unexpected')) return usage(`${written} must not have an argument`);
  return unknownOption(option, before);
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

/** Bare, as orgalorg prints it, unless it holds something that a terminal would obey. */
function quotedOption(written: string): string {
  return /^[\w-]{1,40}$/.test(written) ? written : quoteInput(written);
}
