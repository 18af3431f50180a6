import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalise } from '../../../src/cli/normalise.ts';
import { OPTION_TABLE } from '../../../src/cli/table.ts';
import { readValues } from '../../../src/cli/values.ts';
import { writtenOptions } from './arbitraries.ts';
import { readByYargs } from './yargs-oracle.ts';

test('the values of a line are those that yargs reads, unless the line is refused', async () => {
  await fc.assert(
    fc.asyncProperty(writtenOptions, async (written) => {
      const { options } = normalise(written.flatMap(({ argv }) => argv));
      // yargs knows no empty value of a repeated option, which for -g is an empty argument.
      fc.pre(options.every(({ row, value }) => !(row.repeats && value === '')));
      const values = valuesOrRefusal(options);
      if (values instanceof Error) {
        expect(values.message).toMatch(/is empty$|does not take/);
        return;
      }
      const theirs = await readByYargs(options);
      for (const { long } of OPTION_TABLE) expect([long, values[long]]).toEqual([long, theirs[long]]);
    }),
    { numRuns: 60 },
  );
});

function valuesOrRefusal(options: Parameters<typeof readValues>[0]): ReturnType<typeof readValues> | Error {
  try {
    return readValues(options);
  } catch (error) {
    return error as Error;
  }
}

test('an empty argument of the sync tool is one', () => {
  expect(readValues(normalise(['-g', '', '-g', 'x']).options).arg).toEqual(['', 'x']);
});
