import fc from 'fast-check';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';
import { anyText } from '../../any-text.ts';

/** One option of a line, how it is written, and what it means: the model of the reader. */
export interface WrittenOption {
  readonly argv: readonly string[];
  readonly name: string;
  readonly value: string | undefined;
}

const rows: readonly OptionRow[] = OPTION_TABLE;
const flags = rows.filter((row) => row.argument === undefined);
const shortFlags = flags.filter((row) => row.short !== undefined);
const valued = rows.filter((row) => row.argument !== undefined && row.bareValue === undefined);
const shortValued = valued.filter((row) => row.short !== undefined);

const anyValue = fc
  .oneof(
    fc.string(),
    fc.constantFrom('-a', '-C', '--json', '=h', "echo 'a b' && x", '-', 'a\nb', '__proto__'),
  )
  .filter((value) => value !== '--');

const longFlag = fc.constantFrom(...flags).map((row) => [option(row, [`--${row.long}`])]);

const longValued = fc
  .tuple(fc.constantFrom(...valued), anyValue, fc.boolean())
  .map(([row, value, attached]) => [
    option(row, attached ? [`--${row.long}=${value}`] : [`--${row.long}`, value], value),
  ]);

/** Letters of flags, then perhaps one option with a value, attached or as the next word. */
const cluster = fc
  .record({
    letters: fc.array(fc.constantFrom(...shortFlags), { maxLength: 4 }),
    last: fc.option(fc.tuple(fc.constantFrom(...shortValued), anyValue, fc.boolean()), { nil: undefined }),
  })
  .filter(({ letters, last }) => letters.length > 0 || last !== undefined)
  .map(({ letters, last }) => {
    const options = letters.map((row) => option(row, []));
    let word = `-${letters.map((row) => row.short).join('')}`;
    const rest: string[] = [];
    if (last) {
      const [row, value, attached] = last;
      // An empty value cannot be attached to a letter.
      word += `${row.short}${attached && value !== '' ? value : ''}`;
      if (!attached || value === '') rest.push(value);
      options.push(option(row, [], value));
    }
    return options.map((one, index) => (index === 0 ? { ...one, argv: [word, ...rest] } : one));
  });

/** Any options in any form, as groups that are concatenated. */
export const writtenOptions: fc.Arbitrary<WrittenOption[]> = fc
  .array(fc.oneof(longFlag, longValued, cluster), { maxLength: 8 })
  .map((groups) => groups.flat());

/** What may follow the options, with how it ends them. */
export const tail: fc.Arbitrary<{ argv: string[]; words: string[] }> = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(fc.string(), fc.constantFrom('--', '-x', '-', '--help'))))
  .map(([dashes, words]) => {
    const first = words[0];
    const endsByItself = first === undefined || !first.startsWith('-') || first === '-';
    return { argv: dashes || !endsByItself ? ['--', ...words] : words, words };
  });

function option(row: OptionRow, argv: readonly string[], value?: string): WrittenOption {
  return { argv, name: row.long, value };
}

/** Parts of names, letters and signs that mean something, put together in ways that mostly mean nothing. */
export const anyWord: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('', '-', '-x', '--'), anyText()).map((parts) => parts.join('')),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...rows),
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom('', '', '=', '=x', '=no'),
      )
      .map(([{ long }, length, value]) => `--${long.slice(0, length)}${value}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...rows.flatMap(({ short }) => short ?? [])), { minLength: 1, maxLength: 3 })
      .map((letters) => `-${letters.join('')}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('-', '--', '', '--_', '--$0=1', '--__proto__=1', '--no-sudo', '-p22', '-x-o'),
  },
);
