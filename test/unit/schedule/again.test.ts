/** Nodes that an earlier run has left down, and that start again in this one. */
import { expect, test } from 'vitest';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';

const ALL = ['a', 'b', 'c', 'd'];
const limit = (max: number, ...nodes: string[]) => ({ name: nodes.join(''), max, nodes });
const thread = (...names: string[]) => ({
  name: 'thread',
  require: 'finished' as const,
  slots: names.map((name) => ({ name, nodes: name.split(' ') })),
});

test.each<[string, Partial<RolloutRules>, Cast, string]>([
  [
    'keep their places until they start: nobody has these meanwhile',
    { threads: [thread('a', 'b')], limits: [limit(2, 'b', 'c', 'd')] },
    { again: ['b'], takes: (node) => (node === 'a' ? 4 : 1) },
    '0: a c, 1: d, 4: b done',
  ],
  [
    'keep none where a failure gives them back',
    { threads: [thread('a', 'b')], limits: [limit(1, 'b', 'c', 'd')], onFailure: 'release' },
    { again: ['b'], takes: (node) => (node === 'a' ? 4 : 1) },
    '0: a c, 1: d, 4: b done',
  ],
  [
    'need the others of their limits',
    { limits: [limit(2, 'b', 'c'), { ...limit(1, 'a', 'b'), onFailure: 'release' }] },
    { again: ['b'], takes: (node) => (node === 'a' ? 4 : 1) },
    '0: a c d, 4: b done',
  ],
  [
    'start before those who wait for a place that they have',
    { limits: [limit(1, 'a', 'b')] },
    { again: ['b'] },
    '0: b c d, 1: a done',
  ],
  [
    'that are more than there are places find one as all others do',
    { limits: [limit(1, 'a', 'b', 'c')] },
    { again: ['b', 'c'] },
    '0: b d, 1: a, 2: c done',
  ],
  [
    'let go of a place that their own predecessor needs',
    { threads: [thread('a', 'b')], limits: [limit(1, 'a', 'b')] },
    { again: ['b'] },
    '0: c d, 1: a, 2: b done',
  ],
  [
    'let go one after the other, until somebody starts',
    { threads: [thread('a', 'b', 'c')], limits: [limit(2, 'a', 'b', 'c', 'd')] },
    { again: ['b', 'c'], takes: () => 3 },
    '0: a, 3: b, 6: c d done',
  ],
  [
    'give their places back when they are skipped',
    { threads: [thread('a', 'b')], limits: [limit(1, 'b', 'c')] },
    { again: ['b'], takes: () => 5, wishes: [[2, { type: 'skipped', node: 'b' }]] },
    '0: a d, 2: c done',
  ],
  [
    'that are skipped and retried need all of their places',
    { threads: [thread('a', 'b')], limits: [limit(1, 'b', 'c')] },
    {
      again: ['b'],
      takes: () => 5,
      wishes: [
        [2, { type: 'skipped', node: 'b' }],
        [3, { type: 'retried', node: 'b' }],
      ],
    },
    '0: a d, 2: c, 7: b done',
  ],
  [
    'that are still out of reach have one place each',
    { limits: [limit(2, 'b', 'c', 'd')] },
    { again: ['b'], absent: ['b'] },
    '0: a c, 1: d done',
  ],
  [
    'that are still out of reach and have the only place leave none',
    { limits: [limit(1, 'b', 'c', 'd')] },
    { again: ['b'], absent: ['b'] },
    '0: a deadlocked',
  ],
  [
    'that are out of reach where such hold up nobody have no place',
    { limits: [limit(1, 'b', 'c', 'd')], unreachable: 'skip' },
    { again: ['b'], absent: ['b'] },
    '0: a c, 1: d done',
  ],
  [
    'that are out of reach where such hold up nobody leave all places to the others',
    { limits: [limit(2, 'b', 'c', 'd')], unreachable: 'skip' },
    { again: ['b'], absent: ['b'] },
    '0: a c d done',
  ],
  [
    'and are behind others that are left for another run do not start',
    { threads: [thread('a', 'b c')] },
    { again: ['b'], unbegun: ['a', 'c'] },
    '0: d deadlocked',
  ],
  [
    'and need only that others have finished do not start before those, either',
    { threads: [{ ...thread('a', 'b c'), require: 'finished' }] },
    { again: ['b'], unbegun: ['a', 'c'] },
    '0: d deadlocked',
  ],
  [
    'start beside those that are left, and before them, and these hold no place and are no failures',
    { threads: [thread('a b', 'c')], limits: [limit(1, 'a', 'b', 'd')], maxFailures: 1 },
    { again: ['b'], unbegun: ['a', 'c'] },
    '0: b, 1: d done',
  ],
])('%s', (_title, rollout, cast, expected) => {
  const { times, how } = new Rehearsal(ALL, rollout, cast).toTheEnd();
  expect(`${times} ${how}`).toBe(expected);
});

test('are named where others wait for their places', () => {
  const rollout = { threads: [thread('a', 'b')], limits: [limit(1, 'b', 'c')] };
  const { waits } = new Rehearsal(ALL, rollout, { again: ['b'] });
  expect(waits.get('c')).toMatchObject({ kind: 'limit', running: 0, failed: { first: ['b'] } });
});

test('R1: a node that is tried again in a pause holds up the slot behind it', () => {
  const rollout = { threads: [{ ...thread('a', 'b'), pause: { ms: 4 } }] };
  const { times, how } = new Rehearsal(ALL, rollout, {
    takes: () => 5,
    fails: (node, run) => node === 'a' && run === 1,
    wishes: [[6, { type: 'retried', node: 'a' }]],
  }).toTheEnd();
  expect(`${times} ${how}`).toBe('0: a c d, 6: a, 11: b done');
});

test('R2: a node that lacks a place which one that was given up keeps does not hold the run for ever', () => {
  const rollout: RolloutRules = {
    threads: [],
    limits: [limit(1, 'a'), { ...limit(1, 'a', 'b'), onFailure: 'release' }],
    onFailure: 'hold',
    unreachable: 'fail',
  };
  const rules = { nodes: ['a', 'b'], isFailFast: false, endedMs: 1, leftMs: 1, timeoutMs: 1 };
  const state = createSchedule({ ...rules, rollout });
  const take = (event: ScheduleEvent) => step(state, event).map(({ type }) => type);
  const failed = { kind: 'exit', code: 3 } as const;
  expect(take({ type: 'begin' })).toEqual(['start', 'wait']);
  expect(take({ type: 'ended', node: 'a', outcome: failed })).toEqual(['start']);
  take({ type: 'began', node: 'b' });
  expect(take({ type: 'retried', node: 'a' })).toEqual([]);
  take({ type: 'time', node: 'b' });
  expect(take({ type: 'time', node: 'b' })).toEqual(['give-up']);
  take({ type: 'ended', node: 'b', outcome: { kind: 'timed-out', afterMs: 1 } });
  expect(state.how).toBe('deadlocked');
});
