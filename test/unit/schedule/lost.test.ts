/** Nodes that are lost while they wait for their turn: they are down from then on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { often } from '../../often.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';

const ALL = ['a', 'b', 'c', 'd'];
const lost = (node: string): ScheduleEvent => ({
  type: 'lost',
  node,
  outcome: { kind: 'lost', reason: 'no beat' },
});
const retried = (node: string): ScheduleEvent => ({ type: 'retried', node });
const skipped = (node: string): ScheduleEvent => ({ type: 'skipped', node });
const limit = (max: number, onFailure: 'hold' | 'release' = 'hold') => ({
  ...{ name: 'all', max, nodes: ALL },
  onFailure,
});
const thread = (...names: string[]) => ({
  name: 'thread',
  require: 'success' as const,
  slots: names.map((name) => ({ name, nodes: name.split(' ') })),
});
const slowly = (slow: string) => (node: string) => (node === slow ? 5 : 1);

test.each<[string, Partial<RolloutRules>, Cast, string]>([
  [
    'take the place that comes free next, where all are taken',
    { limits: [limit(1)] },
    { wishes: [[0, lost('d')]] },
    '0: a deadlocked at 1, without b c',
  ],
  [
    'are down beside those at work, and not when their turn comes',
    { limits: [limit(2)] },
    { takes: slowly('b'), wishes: [[0, lost('d')]] },
    '0: a b, 5: c done',
  ],
  [
    'give their place back where a failure does',
    { limits: [limit(1, 'release')] },
    { wishes: [[0, lost('d')]] },
    '0: a, 1: b, 2: c done',
  ],
  [
    'keep the slot of theirs from being done, and the run goes on as far as it can',
    { threads: [thread('a', 'b c', 'd')] },
    { wishes: [[0, lost('c')]] },
    '0: a, 1: b deadlocked at 2, without d',
  ],
  [
    'hold up nothing where nodes out of reach do not',
    { threads: [thread('a', 'b c', 'd')], limits: [limit(1)], unreachable: 'skip' },
    { wishes: [[0, lost('c')]] },
    '0: a, 1: b, 2: d done',
  ],
  [
    'count for the number of failures at once',
    { limits: [limit(2, 'release')], maxFailures: 1 },
    { takes: slowly('b'), wishes: [[0, lost('d')]] },
    '0: a b failed at 5, without c',
  ],
  [
    'are not tried again, where they were to be',
    { limits: [limit(2)], retry: { times: 3, delayMs: 9 } },
    { fails: (node) => node === 'a', wishes: [[4, lost('a')]] },
    '0: a b, 1: c, 2: d done',
  ],
  [
    'end what runs by --fail-fast',
    { limits: [limit(2)] },
    { isFailFast: true, wishes: [[0, lost('d')]] },
    '0: a b failed at 1, without c',
  ],
  [
    'free what they had taken when they are skipped',
    { limits: [limit(1)] },
    {
      takes: () => 2,
      wishes: [
        [0, lost('d')],
        [1, skipped('d')],
      ],
    },
    '0: a, 2: b, 4: c done, without d',
  ],
  [
    'and are retried, keep their places until their slot opens',
    { threads: [thread('a', 'd'), { ...thread('b', 'c'), name: 'other' }], limits: [limit(2)] },
    {
      takes: (node) => ({ a: 5, b: 2 })[node] ?? 1,
      wishes: [
        [1, lost('d')],
        [3, retried('d')],
      ],
    },
    '0: a b, 5: c d done',
  ],
  [
    'and are retried where there is no place for them, wait for one as all others do',
    { limits: [limit(1)] },
    { wishes: [lost('d'), retried('d')].map((event) => [0, event] as const) },
    '0: a, 1: b, 2: c, 3: d done',
  ],
  [
    'and are retried, do not start before the slots before theirs are done',
    { threads: [thread('a b', 'c d')], limits: [limit(1)] },
    { wishes: [lost('d'), retried('d')].map((event) => [0, event] as const) },
    '0: a, 1: b, 2: c, 3: d done',
  ],
  [
    'and are retried and skipped, hold up nothing',
    { threads: [thread('a b', 'd')], limits: [limit(1)] },
    { wishes: [lost('d'), retried('d'), skipped('d')].map((event) => [0, event] as const) },
    '0: a, 1: b, 2: c done, without d',
  ],
  [
    'at work, or over, tell their own end',
    { limits: [limit(2)] },
    {
      wishes: [
        [0, lost('a')],
        [1, lost('b')],
      ],
    },
    '0: a b, 1: c d done',
  ],
])('nodes that are lost while they wait %s', (_title, rollout, cast, expected) => {
  const { times, how, now, skips } = new Rehearsal(ALL, rollout, cast).toTheEnd();
  const without = skips.size === 0 ? '' : `, without ${[...skips.keys()].join(' ')}`;
  expect(`${times} ${how}${how === 'done' ? '' : ` at ${now}`}${without}`).toBe(expected);
});

test('R1: whoever is lost and whenever, no node starts while those that are down and at work are as many as there may be', () => {
  const events = fc.array(fc.tuple(fc.nat(12), fc.constantFrom(...ALL).map(lost)), { maxLength: 4 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.subarray(ALL), events, (max, failing, wishes) => {
      let starts = 0;
      const see = ({ starts: all, atWork, state }: Rehearsal) => {
        const isDown = (node: string) => state.tasks.get(node)?.end === 'failed';
        const down = ALL.filter((node) => atWork.has(node) || isDown(node));
        if (all.length > starts) expect(down.length).toBeLessThanOrEqual(max);
        starts = all.length;
      };
      const fails = (node: string) => failing.includes(node);
      const rehearsal = new Rehearsal(ALL, { limits: [limit(max)] }, { fails, wishes, see }).toTheEnd();
      expect(rehearsal.how).toBeDefined();
      expect(rehearsal.atWork.size).toBe(0);
    }),
    { numRuns: often(150, 10_000) },
  );
});

test('R1: whoever is lost, retried or skipped and whenever, no node starts before all that its orders have before it, no more are at work than may be, and every run ends', () => {
  const wish = fc.constantFrom(lost, retried, skipped);
  const events = fc.array(
    fc.tuple(
      fc.nat(3),
      fc.tuple(wish, fc.constantFrom(...ALL)).map(([of, node]) => of(node)),
    ),
    { minLength: 4, maxLength: 10 },
  );
  const limits = fc.record({ max: fc.integer({ min: 1, max: 4 }), isKept: fc.boolean() });
  fc.assert(
    fc.property(fc.shuffledSubarray(ALL), limits, fc.subarray(ALL), events, (order, of, failing, wishes) => {
      let starts = 0;
      const see = ({ starts: all, ended, skips, atWork }: Rehearsal) => {
        for (const { node } of all.slice(starts)) {
          const before = order.slice(0, Math.max(0, order.indexOf(node)));
          const isOver = (one: string) => ended.get(one) === 'ok' || skips.has(one);
          expect(before.filter((one) => !isOver(one))).toEqual([]);
        }
        starts = all.length;
        expect(atWork.size).toBeLessThanOrEqual(of.max);
      };
      const rehearsal = new Rehearsal(
        ALL,
        { threads: [thread(...order)], limits: [limit(of.max, of.isKept ? 'hold' : 'release')] },
        { fails: (node, run) => run === 1 && failing.includes(node), wishes, see },
      ).toTheEnd();
      expect(rehearsal.how).toBeDefined();
      expect(rehearsal.atWork.size).toBe(0);
    }),
    { numRuns: often(150, 10_000) },
  );
});
