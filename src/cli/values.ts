/** The options of a normalised line as typed values. */
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { GivenOption } from './normalise.ts';
import { OPTION_TABLE, type OptionRow, type OptionValues } from './table.ts';

/** Throws LockstepError `usage`. */
export function readValues(options: readonly GivenOption[]): OptionValues {
  for (const option of options) refuseValue(option);
  const kept = lastOfEach(options);
  const values = OPTION_TABLE.map((row: OptionRow) => {
    const given = kept.filter(({ name }) => name === row.long);
    if (row.argument === undefined) return [row.long, row.repeats ? given.length : given.length > 0];
    return [row.long, row.repeats ? given.map(({ value }) => value) : given[0]?.value];
  });
  // Made from the rows that OptionValues is made from.
  return Object.fromEntries(values) as OptionValues;
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
