/** Which release is the one before, and which are too many. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  asTold,
  previousOf,
  type Releases,
  surplusOf,
  withNew,
} from '../../../../src/run/release/releases.ts';

const run = (number: number) => `20261128T0000${String(number).padStart(2, '0')}-0123abcd`;
const [A, B, C, D] = [run(1), run(2), run(3), run(4)] as const;

test.each<[what: string, releases: Releases, kept: number, surplus: string[]]>([
  ['the oldest', { current: C, before: [B, A], all: [A, B, C] }, 2, [A]],
  ['nothing of few', { current: C, before: [B, A], all: [A, B, C] }, 3, []],
  ['never the current one and the one before it', { current: B, before: [A], all: [A, B] }, 1, []],
  [
    'what a rollback has left, before what it would reach',
    { current: D, before: [B, A], all: [A, B, C, D] },
    3,
    [C],
  ],
  ['of those first the oldest', { current: A, before: [], all: [A, B, C, D] }, 2, [C, B]],
  ['nothing that others have made', { current: C, before: [B], all: ['golden', A, B, C] }, 2, [A]],
  [
    'what a session has made, whose tenth call comes behind its ninth,',
    { current: `${A}.11`, before: [`${A}.8`], all: [`${A}.8`, `${A}.9`, `${A}.10`, `${A}.11`] },
    3,
    [`${A}.9`],
  ],
  ['nothing that is not there', { current: D, before: [C], all: [C, D] }, 2, []],
  ['by what was current, whatever the names say', { current: A, before: [C, B], all: [A, B, C] }, 2, [B]],
])('%s is removed', (_what, releases, kept, surplus) => {
  expect(surplusOf(releases, kept)).toEqual(surplus);
});

test('where records lead in a circle nothing goes back to itself, and what is current is kept once, not for ever', () => {
  const told = asTold(B, [B, A, B, A], [A, B, C]);
  expect([previousOf(told), previousOf(asTold(A, [A, A], [A]))]).toEqual([A, undefined]);
  expect(surplusOf(withNew(told, D), 2)).toEqual([A, C]);
  expect(surplusOf(withNew(asTold(D, [C, D], [A, B, C, D]), run(5)), 1)).toEqual([C, B, A]);
});

test('a new release goes back to what was current, unless that is gone', () => {
  expect(previousOf(withNew({ current: B, before: [A], all: [A, B, C] }, D))).toBe(B);
  expect(previousOf(withNew({ current: B, before: [A], all: [A] }, D))).toBe(A);
  expect(previousOf(withNew({ current: undefined, before: [], all: [] }, D))).toBeUndefined();
});

test('after any switches and rollbacks the current release and the one before it stay, and no more than asked for', () => {
  const steps = fc.array(fc.constantFrom('switch', 'rollback'), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (words, kept) => {
      let releases: Releases = { current: undefined, before: [], all: [] };
      const recorded = new Map<string, string | undefined>();
      for (const [at, word] of words.entries()) {
        const before = (name: string | undefined): string[] => {
          const next = name === undefined ? undefined : recorded.get(name);
          return next === undefined ? [] : [next, ...before(next)];
        };
        if (word === 'switch') {
          const name = run(at);
          recorded.set(name, releases.current);
          const asked = withNew(releases, name);
          const surplus = surplusOf(asked, kept);
          const all = asked.all.filter((one) => !surplus.includes(one));
          expect(all.length).toBeLessThanOrEqual(Math.max(2, kept));
          expect(all).toContain(name);
          if (releases.current !== undefined) expect(all).toContain(releases.current);
          releases = { current: name, before: before(name).filter((one) => all.includes(one)), all };
        } else {
          const previous = previousOf(releases);
          if (previous === undefined) continue;
          const rest = before(previous).filter((one) => releases.all.includes(one));
          releases = { current: previous, before: rest, all: releases.all };
        }
      }
    }),
  );
});
