/** Nodes that are lost while their command runs: it may go on there. */
import { expect, test } from 'vitest';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';

const ALL = ['a', 'b', 'c', 'd'];
const limit = (max: number, onFailure: 'hold' | 'release' = 'release') => ({
  ...{ name: 'all', max, nodes: ALL },
  onFailure,
});
const thread = (require: 'success' | 'finished') => ({
  name: 'thread',
  require,
  slots: ['a b', 'c d'].map((name) => ({ name, nodes: name.split(' ') })),
});
/** Node a is lost in its first run, and its work goes on for so long. */
const loses = (workMs?: number) => (node: string, run: number) =>
  node === 'a' && run === 1 ? { workMs } : undefined;
const skip = (at: number) => [at, { type: 'skipped', node: 'a' }] as const;
const retry = (at: number) => [at, { type: 'retried', node: 'a' }] as const;
const slowly = { takes: (node: string) => (node === 'b' ? 9 : 1) };

test.each<[string, Partial<RolloutRules>, Cast, string]>([
  [
    'keep their place, and then give it back',
    { limits: [limit(1)] },
    { loses: loses(5) },
    '0: a, 6: b, 7: c, 8: d done',
  ],
  [
    'keep their place, also where nobody knows for how long',
    { limits: [limit(1)] },
    { loses: loses() },
    '0: a deadlocked at 1, without b c d',
  ],
  [
    'keep their place for good where a failure does',
    { limits: [limit(1, 'hold')] },
    { loses: loses(5) },
    '0: a deadlocked at 6, without b c d',
  ],
  [
    'give it back when somebody skips them',
    { limits: [limit(1)] },
    { loses: loses(5), wishes: [skip(3)] },
    '0: a, 3: b, 4: c, 5: d done',
  ],
  [
    'also where nobody knows for how long, as long as the run goes on',
    { limits: [limit(2)] },
    { ...slowly, loses: loses(), wishes: [skip(3)] },
    '0: a b, 3: c, 4: d done',
  ],
  [
    'start again only when they have ended',
    { limits: [limit(2)] },
    { ...slowly, loses: loses(3), wishes: [retry(2), retry(5)] },
    '0: a b, 4: c, 5: d, 6: a done',
  ],
  [
    'hold up those for whom it is enough that they have ended',
    { threads: [thread('finished')] },
    { loses: loses(5) },
    '0: a b, 6: c d done',
  ],
  [
    'hold up those who wait for their success',
    { threads: [thread('success')] },
    { loses: loses(5) },
    '0: a b deadlocked at 6, without c d',
  ],
  [
    'are failures, also where nodes out of reach are none',
    { threads: [thread('success')], limits: [limit(1)], unreachable: 'skip' },
    { loses: loses(5) },
    '0: a, 6: b deadlocked at 7, without c d',
  ],
  [
    'count for the number of failures at once, and the run waits for nothing',
    { limits: [limit(2)], maxFailures: 1 },
    { ...slowly, loses: loses(50) },
    '0: a b failed at 9, without c d',
  ],
  ['keep no run from its end', {}, { loses: loses(50) }, '0: a b c d done'],
])('R1: nodes that are lost at work %s', (_title, rollout, cast, expected) => {
  const { times, how, now, skips } = new Rehearsal(ALL, rollout, cast).toTheEnd();
  const never = [...skips].flatMap(([node, { kind }]) => (kind === 'asked' ? [] : [node]));
  const without = never.length === 0 ? '' : `, without ${never.join(' ')}`;
  expect(`${times} ${how}${how === 'done' ? '' : ` at ${now}`}${without}`).toBe(expected);
});
