/** Nodes that an earlier run has left down, and that start again in this one. */
import { expect, test } from 'vitest';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
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
])('%s', (_title, rollout, cast, expected) => {
  const { times, how } = new Rehearsal(ALL, rollout, cast).toTheEnd();
  expect(`${times} ${how}`).toBe(expected);
});

test('are named where others wait for their places', () => {
  const rollout = { threads: [thread('a', 'b')], limits: [limit(1, 'b', 'c')] };
  const { waits } = new Rehearsal(ALL, rollout, { again: ['b'] });
  expect(waits.get('c')).toMatchObject({ kind: 'limit', running: 0, failed: { first: ['b'] } });
});
