// @module-tag slow: left out of npm run test:quick
import { describe, expect, test } from 'vitest';
import { BUGS } from '../../simulation/bugs.ts';
import { simulate } from '../../simulation/simulate.ts';

/** Resolves with the first of so many seeds that breaks a promise. */
async function firstBroken(seeds: number, planted: Parameters<typeof simulate>[1] = {}) {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = await simulate(seed, planted);
    if (violation !== undefined) return { replay: `npm run sim -- --seed ${seed}`, violation };
  }
}

test('L1, L2, L4, L6, L7, L12: 1,000 worlds of controllers, nodes and faults keep every promise of the lock', async () => {
  expect(await firstBroken(1_000)).toBeUndefined();
});

test('the same seed gives the same history', async () => {
  const [one, other] = [await simulate(7), await simulate(7)];
  expect(one.history.length).toBeGreaterThan(20);
  expect(other.history).toEqual(one.history);
});

describe('a bug that is planted is found', () => {
  test.each(Object.keys(BUGS))('%s, within 1,000 seeds', async (name) => {
    expect(await firstBroken(1_000, BUGS[name])).toBeDefined();
  });
});
