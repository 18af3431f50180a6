import { expect, test } from 'vitest';
import { durationText } from '../../../src/core/duration.ts';

test.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [94, '94 ms'],
  [95, '0.1 s'],
  [440, '0.4 s'],
  [999, '1.0 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [11_059_000, '3 h 4 min'],
  [90_000_000, '1 d 1 h'],
])('a time that something has taken reads alike everywhere: %d ms', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
