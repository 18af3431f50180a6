/** How many columns a text takes at a terminal, and how it is cut to fewer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, cutToColumns } from '../../../src/text/width.ts';

describe('width', () => {
  test.each([
    ['web1', 4],
    ['漢字', 4],
    ['e\u0301', 1],
    ['\x1b[38;5;31mred\x1b[0m', 3],
    ['😀', 2],
    ['\ue0b0', 1],
  ])('of %j is %d columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  test('no cut is wider than asked for, splits a character, or leaves a colour on', () => {
    const part = fc.constantFrom('a', '漢', '😀', '\x1b[1m', 'e\u0301', '░');
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: -1, max: 30 }), (parts, columnsMax) => {
        const cut = cutToColumns(parts.join(''), columnsMax);
        expect(columnsOf(cut)).toBeLessThanOrEqual(Math.max(columnsMax, 0));
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        if (cut.includes('\x1b')) expect(cut.endsWith('\x1b[0m')).toBe(true);
      }),
    );
  });
});
