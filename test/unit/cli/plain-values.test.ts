import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalise } from '../../../src/cli/normalise.ts';
import { OPTION_TABLE } from '../../../src/cli/table.ts';
import { readValues, readValuesPlainly } from '../../../src/cli/values.ts';
import { writtenOptions } from './arbitraries.ts';

test('a line inside a session means what it means without one, or is refused with the same words', async () => {
  const names = OPTION_TABLE.map((row) => row.long);
  await fc.assert(
    fc.asyncProperty(writtenOptions, async (written) => {
      const { options } = normalise(written.flatMap(({ argv }) => argv));
      const byYargs = await readValues(options).catch(({ message }: Error) => message);
      const plainly = await Promise.resolve()
        .then(() => readValuesPlainly(options))
        .catch(({ message }: Error) => message);
      const valuesOf = (values: typeof byYargs) =>
        typeof values === 'string' ? values : names.map((name) => [name, values[name]]);
      expect(valuesOf(plainly)).toEqual(valuesOf(byYargs));
    }),
    { numRuns: 60 },
  );
});
