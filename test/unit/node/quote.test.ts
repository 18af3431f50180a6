import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote, quoteAll } from '../../../src/node/quote.ts';
import { often } from '../../often.ts';
import { SHELLS } from './shells.ts';

const word = fc.string({ unit: fc.constantFrom(...'abc \'"\\$`!*?[]{}()<>|&;#~-\n\t\r%=é✓') });

describe.each(SHELLS)('quoting under %s', (_name, [shell, ...flags]) => {
  test('S7: any words without NUL come back from the shell as they were', () => {
    const words = fc.array(word, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, (given) => {
        const printed = execFileSync(shell, [...flags, '-c', `printf '%s\\0' ${quoteAll(given)}`]);
        expect(printed.toString().split('\0').slice(0, -1)).toEqual(given);
      }),
      { numRuns: often(25, 1_000) },
    );
  });
});

test('S7: a NUL byte is refused, since no shell can carry it', () => {
  expect(() => quote('a\0b')).toThrow(TypeError);
});
