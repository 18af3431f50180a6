import { expect, test } from 'vitest';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';

const ALL = ['a', 'b', 'c', 'd'];
const TWO = [{ name: 'all', max: 2, nodes: ALL }];
const slots = (...names: string[]) =>
  names.map((name) => ({ name: `the slot of ${name}`, nodes: name.split(' ') }));
const thread = (require: 'success' | 'finished', ...names: string[]) => ({
  name: 'thread',
  require,
  slots: slots(...names),
});
const failing = (...nodes: string[]) => ({ fails: (node: string) => nodes.includes(node) });

test.each<[string, Partial<RolloutRules>, Cast, string]>([
  [
    'release: one that failed gives its place back',
    { limits: TWO, onFailure: 'release' },
    failing('a', 'b'),
    '0: a b, 1: c d done',
  ],
  [
    'stop: the first that fails ends the rollout, and what runs ends by itself',
    { limits: TWO, onFailure: 'stop' },
    { ...failing('a'), takes: (node) => (node === 'b' ? 5 : 1) },
    '0: a b failed at 5, without c d',
  ],
  [
    'max failures: when so many have failed nothing more starts',
    { limits: TWO, onFailure: 'release', maxFailures: 2 },
    failing('a', 'c'),
    '0: a b, 1: c d done',
  ],
  [
    'max failures: the rest never starts',
    { limits: [{ name: 'all', max: 1, nodes: ALL }], onFailure: 'release', maxFailures: 2 },
    failing('a', 'b'),
    '0: a, 1: b failed at 2, without c d',
  ],
  [
    'success: a slot of which one failed keeps all others closed',
    { threads: [thread('success', 'a b', 'c', 'd')] },
    failing('a'),
    '0: a b deadlocked at 1, without c d',
  ],
  [
    'finished: the next slot starts however the one before has ended',
    { threads: [thread('finished', 'a b', 'c', 'd')] },
    failing('a', 'b', 'c'),
    '0: a b, 1: c, 2: d done',
  ],
  [
    'a thread that is stuck does not hold up the others',
    { threads: [thread('success', 'a', 'b'), thread('success', 'c', 'd')] },
    failing('a'),
    '0: a c, 1: d deadlocked at 2, without b',
  ],
  [
    'a node of several threads runs once, after its predecessors in all of them',
    { threads: [thread('success', 'a', 'd'), thread('success', 'b', 'c', 'd')] },
    { takes: (node) => (node === 'a' ? 7 : 1) },
    '0: a b, 1: c, 7: d done',
  ],
  [
    'a node of several limits needs a place in each',
    { limits: [...TWO, { name: 'rack', max: 1, nodes: ['a', 'b', 'c'] }] },
    {},
    '0: a d, 1: b, 2: c done',
  ],
  [
    'unreachable: fail: a node out of reach has a place, and keeps its successors from starting',
    { threads: [thread('success', 'a', 'b')], limits: [{ name: 'all', max: 2, nodes: ['a', 'c', 'd'] }] },
    { absent: ['a'] },
    '0: c, 1: d deadlocked at 2, without b',
  ],
  [
    'unreachable: fail: a slot of nodes out of reach is not done, whichever of them stands first among the targets',
    { threads: [thread('success', 'd', 'a b')] },
    { absent: ['a', 'd'] },
    '0: c deadlocked at 1, without b',
  ],
  [
    'unreachable: skip: a node out of reach holds up nothing',
    {
      unreachable: 'skip',
      threads: [thread('success', 'a', 'b')],
      limits: [{ name: 'all', max: 2, nodes: ['a', 'c', 'd'] }],
    },
    { absent: ['a'] },
    '0: b c d done',
  ],
  [
    'retry: one that fails starts again after the delay, and keeps its place until then',
    { limits: TWO, retry: { times: 2, delayMs: 3 } },
    { fails: (node, run) => node === 'a' && run < 3 },
    '0: a b, 1: c, 2: d, 4: a, 8: a done',
  ],
  [
    'retry: one that fails each time has failed',
    { threads: [thread('success', 'a', 'b c d')], retry: { times: 1, delayMs: 3 } },
    failing('a'),
    '0: a, 4: a deadlocked at 5, without b c d',
  ],
  [
    'pause: between two slots, but not before one of which nobody is left to run',
    { threads: [{ ...thread('finished', 'a', 'b', 'c d'), pause: { ms: 10 } }] },
    { wishes: [[0, { type: 'skipped', node: 'b' }]] },
    '0: a, 11: c d done, without b',
  ],
  [
    'halted: nothing more starts, and the run ends with what runs',
    { limits: TWO },
    { takes: (node) => (node === 'b' ? 5 : 1), wishes: [[0, { type: 'halted' }]] },
    '0: a b halted at 5, without c d',
  ],
  [
    'halted and resumed: it goes on where it was, with nodes that were to be tried again, too',
    { limits: TWO, retry: { times: 1, delayMs: 1 } },
    {
      takes: (node) => (node === 'b' ? 5 : 1),
      fails: (node, run) => node === 'a' && run === 1,
      wishes: [
        [1, { type: 'halted' }],
        [4, { type: 'resumed' }],
      ],
    },
    '0: a b, 4: a, 5: c d done',
  ],
  [
    'halted: a run of which all have begun ends as it would have',
    {},
    { wishes: [[0, { type: 'halted' }]] },
    '0: a b c d done',
  ],
  [
    'retried: a node that is down keeps its place, and starts again at once',
    { limits: TWO },
    {
      fails: (node, run) => node === 'a' && run === 1,
      wishes: [[1, { type: 'retried', node: 'a' }]],
    },
    '0: a b, 1: c a, 2: d done',
  ],
  [
    'retried: a node that is down keeps that place, and waits for those that it gave back',
    {
      limits: [
        { name: 'both', max: 1, nodes: ['a', 'b'], onFailure: 'release' },
        { name: 'one', max: 1, nodes: ['a', 'c'] },
      ],
      retry: { times: 1, delayMs: 1 },
    },
    {
      fails: (node, run) => node === 'a' && run < 3,
      takes: (node) => (node === 'b' ? 5 : 1),
      wishes: [[4, { type: 'retried', node: 'a' }]],
    },
    '0: a d, 2: a, 3: b, 8: a, 9: c done',
  ],
  [
    'down before: a node keeps the places that failures keep, and holds up its successors',
    {
      threads: [thread('success', 'a', 'b')],
      limits: [
        { name: 'kept', max: 2, nodes: ['a', 'c', 'd'] },
        { name: 'given back', max: 1, nodes: ['a', 'd'], onFailure: 'release' },
      ],
      unreachable: 'skip',
    },
    { down: ['a'] },
    '0: c, 1: d deadlocked at 2, without b',
  ],
  [
    'down before: counts among the failures, and is let go by a skip',
    { threads: [thread('success', 'a', 'b')], maxFailures: 2 },
    { down: ['a'], ...failing('c'), takes: () => 4, wishes: [[2, { type: 'skipped', node: 'a' }]] },
    '0: c d, 2: b done, without a',
  ],
  [
    'skipped: a node that failed gives its place back, and its successors start',
    { threads: [thread('success', 'a', 'b')], limits: [{ name: 'all', max: 1, nodes: ['a', 'c', 'd'] }] },
    {
      ...failing('a'),
      takes: (node) => (node === 'd' ? 1 : 4),
      wishes: [[4, { type: 'skipped', node: 'a' }]],
    },
    '0: a deadlocked at 4, without b c d',
  ],
  [
    'skipped while others run: a node that failed gives its place back, and its successors start',
    { threads: [thread('success', 'a', 'b')], limits: [{ name: 'all', max: 1, nodes: ['a', 'c'] }] },
    {
      ...failing('a'),
      takes: (node) => (node === 'd' ? 9 : 1),
      wishes: [[5, { type: 'skipped', node: 'a' }]],
    },
    '0: a d, 5: b c done, without a',
  ],
  [
    'skipped: a node that waits never starts, and holds up nothing',
    { threads: [thread('success', 'a', 'b', 'c d')] },
    { wishes: [[0, { type: 'skipped', node: 'b' }]] },
    '0: a, 1: c d done, without b',
  ],
  [
    '--fail-fast: what runs is ended, and the rest never starts',
    { limits: TWO },
    { ...failing('a'), isFailFast: true, takes: (node) => (node === 'a' ? 1 : 3) },
    '0: a b failed at 3, without c d',
  ],
])('%s', (_title, rollout, cast, expected) => {
  const { times, how, now, skips } = new Rehearsal(ALL, rollout, cast).toTheEnd();
  const without = skips.size === 0 ? '' : `, without ${[...skips.keys()].join(' ')}`;
  expect(`${times} ${how}${how === 'done' ? '' : ` at ${now}`}${without}`).toBe(expected);
});

test('confirm: the next slot waits until somebody has confirmed, and other threads do not', () => {
  const wishes: [number, ScheduleEvent][] = [[30, { type: 'pause-over', thread: 0 }]];
  const rollout: Partial<RolloutRules> = {
    threads: [{ ...thread('success', 'a', 'b'), pause: 'confirm' }, thread('success', 'c', 'd')],
  };
  const { times, effects } = new Rehearsal(ALL, rollout, { wishes }).toTheEnd();
  expect(times).toBe('0: a c, 1: d, 30: b');
  expect(effects.filter(({ type }) => type === 'pause')).toEqual([
    { type: 'pause', thread: 0, until: 'confirm', name: 'thread', slot: 'the slot of b' },
  ]);
});

test('a slot that is done is told before what it starts, with how many failed', () => {
  const state = createSchedule({
    ...{ nodes: ALL, isFailFast: false, endedMs: 1, leftMs: 1 },
    rollout: {
      threads: [thread('finished', 'a b', 'c d')],
      limits: [],
      onFailure: 'hold',
      unreachable: 'fail',
    },
  });
  step(state, { type: 'begin' });
  step(state, { type: 'ended', node: 'a', outcome: { kind: 'exit', code: 1 } });
  expect(step(state, { type: 'ended', node: 'b', outcome: { kind: 'ok' } })).toEqual([
    { type: 'slot-done', thread: 'thread', slot: 'the slot of a b', nodes: 2, failed: 1 },
    { type: 'start', node: 'c' },
    { type: 'start', node: 'd' },
  ]);
});
