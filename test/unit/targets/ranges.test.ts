import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { expandRanges } from '../../../src/targets/expand-ranges.ts';
import { foldNames } from '../../../src/text/fold-names.ts';
import { asked, resolved } from './asked.ts';

describe('a range', () => {
  it.each([
    ['web1', ['web1']],
    ['web[1-3]', ['web1', 'web2', 'web3']],
    ['web[08-11]', ['web08', 'web09', 'web10', 'web11']],
    ['web[0-6/3]', ['web0', 'web3', 'web6']],
    ['web[01-02,30]', ['web01', 'web02', 'web30']],
    ['{db,web}1', ['db1', 'web1']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
    ['ann@web[1-2].dc{1,2}:2222', ['1.dc1', '1.dc2', '2.dc1', '2.dc2'].map((it) => `ann@web${it}:2222`)],
    ['10.0.0.[9-10]', ['10.0.0.9', '10.0.0.10']],
    ['[::1]:22', ['[::1]:22']],
    ['ann@[::1]', ['ann@[::1]']],
    ['[me@web1:22]', ['[me@web1:22]']],
  ])('is written %s', (text, names) => {
    expect(expandRanges(text)).toEqual(names);
  });

  it.each([
    ['web[3-1]', /ends before it begins, at character 5/],
    ['web[1-2', /'\[' is not closed, at character 4/],
    ['web1-2]', /']' closes nothing, at character 7/],
    ['web{a,b', /'{' is not closed, at character 4/],
    ['web[1,,2]', /is empty, at character 7/],
    ['web[]', /is empty, at character 5/],
    ['web{a,}', /is empty, at character 7/],
    ['web[a-c]', /no range of numbers, at character 5/],
    ['web[1-9/0]', /step is 0, at character 5/],
    ['web{1..9}', /counted in brackets, \[1-9], at character 5/],
    ['web{a{b,c}}', /nothing is opened inside braces, at character 6/],
    ['web[1-2000000]', /more than 100000 names/],
    ['a[1-999]b[1-999]', /more than 100000 names/],
    [`${'a'.repeat(700)}[1-2]`, /more than 253 characters/],
    [`web[${'1,'.repeat(LIMITS.rangeCharsMax)}1]`, /at most 65536 characters/],
  ])('is refused with the place of what is wrong: %s', async (text, message) => {
    await expect(resolved(asked({ hosts: [text] }))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('is what names were folded to: expanding gives them all back, and no other', () => {
    const name = fc
      .tuple(
        fc.constantFrom('web', 'db', 'n-'),
        fc.integer({ min: 0, max: 120 }),
        fc.boolean(),
        fc.constantFrom('', '.east'),
      )
      .map(
        ([head, number, isPadded, tail]) =>
          head + (isPadded ? String(number).padStart(3, '0') : number) + tail,
      );
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), (names) => {
        const unfolded = foldNames(names).split(', ').flatMap(expandRanges);
        expect(unfolded.toSorted()).toEqual(names.toSorted());
      }),
    );
  });

  it('S8: refuses or expands whatever is written, in bounds', () => {
    const piece = fc.constantFrom(
      'web',
      '[',
      ']',
      '{',
      '}',
      ',',
      '-',
      '/',
      '1',
      '09',
      '@',
      ':',
      '99999',
      '!',
      '&',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        try {
          expect(expandRanges(pieces.join('')).length).toBeLessThanOrEqual(LIMITS.nodesMax);
        } catch (error) {
          expect(error).toHaveProperty('hint');
        }
      }),
    );
  });
});
