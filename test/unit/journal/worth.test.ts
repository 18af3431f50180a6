import { expect, test } from 'vitest';
import type { ControlEvent } from '../../../src/core/events.ts';
import { createSieve } from '../../../src/journal/worth.ts';
import { nodeNamed } from './pasts.ts';

test('a wait for the lock is kept once for each holder, and its tries not at all', () => {
  const node = nodeNamed('web1');
  const error = new Error() as never;
  const waits = (waitedMs: number, text: string): ControlEvent => ({
    ...{ type: 'lock-wait', waitedMs, limitMs: 9 },
    blockers: [{ text, holders: [], nodes: [node] }],
  });
  const attempt: readonly ControlEvent[] = [
    { type: 'node-begun', phase: 'lock', node },
    { type: 'node-failed', phase: 'lock', node, error },
  ];
  const keeps = createSieve();
  const kept = (...events: readonly ControlEvent[]) => events.filter(keeps).map(({ type }) => type);
  expect(kept({ type: 'phase', phase: 'lock', nodes: 1 }, ...attempt, waits(0, 'held by ann'))).toEqual([
    'phase',
    'node-begun',
    'node-failed',
    'lock-wait',
  ]);
  expect(kept(...attempt, waits(1, 'held by ann'), ...attempt, waits(2, 'held by bob'))).toEqual([
    'lock-wait',
  ]);
  const done: ControlEvent = { type: 'node-done', phase: 'lock', node };
  expect(kept(...attempt, done, { type: 'outcome', node, outcome: { kind: 'ok' } })).toEqual(['outcome']);
  expect(kept({ type: 'phase', phase: 'lock', nodes: 1 }, done)).toEqual(['phase', 'node-done']);
});
