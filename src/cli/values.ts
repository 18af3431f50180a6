/**
 * The options of a normalised line as typed values, by yargs. What yargs would say badly or not at all
 * (repeated options, empty values, choices) is settled before it is asked.
 */
import type { Argv, Options as YargsOptions } from 'yargs';
import { LockstepError } from '../errors.ts';
import { quoteInput } from '../targets/quote-input.ts';
import { type GivenOption, toTokens } from './normalise.ts';
import { OPTION_TABLE, type OptionRow, type OptionValues } from './table.ts';

/** Throws LockstepError `usage`. */
export async function readValues(options: readonly GivenOption[]): Promise<OptionValues> {
  for (const option of options) refuseValue(option);
  const values: unknown = await (await createParser()).parseAsync(toTokens(lastOfEach(options)));
  // The parser is made from the rows that OptionValues is made from.
  return values as OptionValues;
}

/**
 * The same values without yargs, for calls in a session: a whole step may take less time than yargs takes to load.
 * Throws LockstepError `usage`.
 */
export function readValuesPlainly(options: readonly GivenOption[]): OptionValues {
  for (const option of options) refuseValue(option);
  const kept = lastOfEach(options);
  const values = OPTION_TABLE.map((row: OptionRow) => {
    const given = kept.filter(({ name }) => name === row.long);
    if (row.argument === undefined) return [row.long, row.repeats ? given.length : given.length > 0];
    return [row.long, row.repeats ? given.map(({ value }) => value) : given[0]?.value];
  });
  return Object.fromEntries(values) as OptionValues;
}

/** A fresh parser for one line: yargs keeps state between two of them. Loaded late: --help does without it. */
export async function createParser(): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  return yargs([])
    .parserConfiguration({
      'halt-at-non-option': true,
      'greedy-arrays': false,
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'camel-case-expansion': false,
      'nargs-eats-options': true,
    })
    .locale('en')
    .help(false)
    .version(false)
    .options(Object.fromEntries(OPTION_TABLE.map((row) => [row.long, yargsOptions(row)])))
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new LockstepError('usage', message);
    });
}

function yargsOptions(row: OptionRow): YargsOptions {
  const alias = row.short === undefined ? {} : { alias: row.short };
  if (row.argument === undefined) {
    return row.repeats ? { ...alias, type: 'count' } : { ...alias, type: 'boolean', default: false };
  }
  return row.repeats
    ? { ...alias, type: 'array', string: true, nargs: 1, default: [] }
    : { ...alias, type: 'string', nargs: 1 };
}

/** Of an option that is given more than once the last one counts, so that a line can overrule what an alias holds. */
function lastOfEach(options: readonly GivenOption[]): GivenOption[] {
  const last = new Map(options.map((option) => [option.name, option]));
  return options.filter((option) => option.row.repeats || last.get(option.name) === option);
}

function refuseValue({ row, written, value }: GivenOption): void {
  if (value === undefined) return;
  if (value === '' && !row.mayBeEmpty) {
    throw new LockstepError('usage', `the value of ${written} is empty`, {
      hint: 'is a variable of your script unset?',
    });
  }
  if (row.choices && !row.choices.includes(value)) {
    throw new LockstepError('usage', `${written} does not take ${quoteInput(value)}`, {
      hint: `it takes ${row.choices.join(', ')}`,
    });
  }
}
