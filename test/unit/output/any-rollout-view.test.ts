/** The lines of any rollout, on any terminal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takenOf } from '../../../src/output/rollout/places.ts';
import { reasonOf } from '../../../src/schedule/reasons.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { columnsOf } from '../../../src/text/width.ts';
import { often } from '../../often.ts';
import { Rehearsal } from '../schedule/rehearsal.ts';
import { Watched } from './watched.ts';

describe('R7: whatever the rollout', () => {
  const NAMES = [
    'web1',
    'web2',
    'web10',
    '漢字漢字漢字.east',
    'a\u001b[31mred\u0007',
    'x'.repeat(90),
    'db-1',
    'ü2',
  ];
  const rules: fc.Arbitrary<RolloutRules> = fc.record({
    threads: fc.array(
      fc.record({
        name: fc.constantFrom('one', '\u009b2J', '漢'.repeat(40)),
        require: fc.constantFrom('success' as const, 'finished' as const),
        pause: fc.constantFrom(undefined, { ms: 3 }),
        slots: fc
          .array(fc.integer({ min: 0, max: 4 }), { minLength: NAMES.length, maxLength: NAMES.length })
          .map((places) =>
            [0, 1, 2, 3]
              .map((place) => ({
                name: `$s${place}\r\n`,
                nodes: NAMES.filter((_, at) => places[at] === place),
              }))
              .filter(({ nodes }) => nodes.length > 0),
          ),
      }),
      { maxLength: 1 },
    ),
    limits: fc.array(
      fc.record({
        name: fc.constantFrom('limit', '\u001b]0;title\u0007'),
        max: fc.integer({ min: 1, max: 4 }),
        nodes: fc.subarray(NAMES),
        onFailure: fc.constantFrom(undefined, 'hold' as const, 'release' as const),
      }),
      { maxLength: 3 },
    ),
    onFailure: fc.constantFrom('hold' as const, 'release' as const, 'stop' as const),
    maxFailures: fc.constantFrom(undefined, 2),
    unreachable: fc.constantFrom('fail' as const, 'skip' as const),
    retry: fc.constantFrom(undefined, { times: 1, delayMs: 2 }),
  });
  const casts = fc.record({
    takes: fc.func(fc.integer({ min: 1, max: 4 })),
    fails: fc.func(fc.boolean()),
    haltedAt: fc.option(fc.nat(6), { nil: undefined }),
  });

  test('no line is wider than the terminal, none is too many, and none has what a terminal obeys', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 120 }),
      linesMax: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(rules, casts, sizes, (rollout, { haltedAt, ...cast }, size) => {
        const watched = new Watched(NAMES, rollout);
        const see = (rehearsal: Rehearsal) => {
          watched.see(rehearsal);
          const lines = watched.lines(rehearsal.now * 1000, size);
          expect(lines.length).toBeLessThanOrEqual(size.linesMax);
          for (const line of lines) {
            expect(columnsOf(line)).toBeLessThanOrEqual(size.columns);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        };
        new Rehearsal(NAMES, rollout, {
          ...cast,
          see,
          wishes: haltedAt === undefined ? [] : [[haltedAt, { type: 'halted' }]],
        }).toTheEnd();
      }),
      { numRuns: often(60, 10_000) },
    );
  });

  test('it counts as the schedule does: who runs, what is taken of each limit, and why a node waits', () => {
    fc.assert(
      fc.property(rules, casts, (rollout, { haltedAt: _, ...cast }) => {
        const watched = new Watched(NAMES, rollout);
        const see = (rehearsal: Rehearsal) => {
          watched.see(rehearsal);
          const { all, limits, groups } = watched.state;
          expect(all.count('runs')).toBe(rehearsal.atWork.size);
          expect(limits.map(takenOf)).toEqual(limits.map(({ at }) => rehearsal.state.budgets.taken(at)));
          for (const { turns, reason, limits: own } of groups.values()) {
            for (const { node } of turns) {
              const known = reasonOf(rehearsal.state, node.id);
              if (known?.kind !== 'limit' && known?.kind !== 'slot') continue;
              expect(known.kind).toBe(reason.kind);
              if (known.kind === 'limit') expect(own.some((limit) => takenOf(limit) >= limit.max)).toBe(true);
            }
          }
        };
        new Rehearsal(NAMES, rollout, { ...cast, see }).toTheEnd();
      }),
      { numRuns: often(60, 10_000) },
    );
  });
});
