/** The options of a line in orgalorg's grammar as typed values. */

import { readValue } from '../../../src/cli/read-value.ts';
import type { OptionValues } from '../../../src/cli/table/option-values.ts';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { quoteInput } from '../../../src/text/quote-input.ts';
import { type GivenOption, type NormalisedLine, normalise } from './orgalorg-grammar.ts';

/** What a line is: its options with their values, and the words; or which answer it asks for. Throws LockstepError `usage`. */
export function readAsOrgalorg(
  argv: readonly string[],
): (NormalisedLine & { values: OptionValues }) | 'help' | 'version' {
  const line = normalise(argv);
  for (const { name, written } of line.options) {
    if (written === '-h' && line.words.length > 0) {
      throw new LockstepError('usage', '-h is for help, and takes no words', {
        hint: 'a host file is -o ./FILE, and a command stands after -C: lockstep -o ./FILE -C uptime',
      });
    }
    if (name === 'help' || name === 'version') return name;
  }
  return { ...line, values: readValues(line.options) };
}

function readValues(options: readonly GivenOption[]): OptionValues {
  for (const option of options) refuseValue(option);
  for (const { name } of options) {
    const [pair] = EXCLUDING.filter(([one]) => one === name).filter(([, other]) =>
      options.some((given) => given.name === other),
    );
    if (pair !== undefined) throw new LockstepError('usage', `${pair[2]} exclude each other`);
  }
  const kept = lastOfEach(options);
  const values = OPTION_TABLE.map((row: OptionRow) => {
    const given = kept.filter(({ name }) => name === row.long);
    if (row.argument === undefined) return [row.long, row.repeats ? given.length : given.length > 0];
    return [
      row.long,
      row.repeats ? given.map(({ value }) => value) : (numberOf(row, given[0]) ?? row.default),
    ];
  });
  // Made from the rows that OptionValues is made from.
  return Object.fromEntries(values) as OptionValues;
}

const EXCLUDING = [
  ['no-lock-fail', 'lock-wait', '-t and --lock-wait'],
  ['password', 'key', '-p and -k'],
  ['password-file', 'key', '--password-file and -k'],
  ['password', 'password-file', '-p and --password-file'],
  ['fold', 'json', '--fold and --json'],
  ['fold', 'serial', '--fold and -l'],
] as const;

function numberOf(row: OptionRow, given: GivenOption | undefined): string | number | undefined {
  return given?.value === undefined ? undefined : readValue(row, given.value, given.written);
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
  readValue(row, value, written);
  if (row.choices && !row.choices.includes(value)) {
    throw new LockstepError('usage', `${written} does not take ${quoteInput(value)}`, {
      hint: `it takes ${row.choices.join(', ')}`,
    });
  }
}
