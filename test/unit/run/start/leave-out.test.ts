import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { leaveOut, noteRefusal, notingUnlocked } from '../../../../src/run/start/leave-out.ts';
import { nodeAt, runFor } from '../fixtures.ts';

const refused = (host: string) => new LockstepError('unreachable', 'no answer', { node: nodeAt(host) });

describe('-w: who is left out', () => {
  test('is told at once, with the reason of each, and is refused from then on', () => {
    const run = runFor();
    const errors = ['a', 'b'].map(refused);
    leaveOut(errors, run);
    expect(run.ear.of('left-out')).toEqual([{ type: 'left-out', errors }]);
    for (const error of errors) {
      expect(run.outcomes.get(error.node ?? { id: '' })).toEqual({ kind: 'refused', error });
    }
  });

  test('none is told where none failed', () => {
    const run = runFor();
    leaveOut([], run);
    expect(run.ear.events).toEqual([]);
  });

  test('an error of no node is no outcome of any', () => {
    const run = runFor();
    noteRefusal(new LockstepError('bug', 'of nobody'), run.outcomes);
    expect(run.outcomes.values()).toEqual([]);
  });
});

describe('where the lock is not taken', () => {
  const { signal } = new AbortController();

  test('nodes that have none have refused with their reason; one that others hold is skipped with it, for it has not failed', async () => {
    const run = runFor();
    const missing = new LockstepError('unusable', 'no such path', { node: nodeAt('a') });
    const held = new LockstepError('locked', 'held by ann', { node: nodeAt('b') });
    const failure = new LockstepError('unusable', 'not taken', { causes: [missing, held] });
    await expect(notingUnlocked(Promise.reject(failure), run, signal)).rejects.toBe(failure);
    expect(run.outcomes.get(nodeAt('a'))).toEqual({ kind: 'refused', error: missing });
    expect(run.outcomes.get(nodeAt('b'))).toEqual({ kind: 'skipped', reason: 'held by ann' });
  });

  test('as the run was ended, no node has refused', async () => {
    const run = runFor();
    const failure = new LockstepError('lock-lost', 'lost', { causes: [refused('a')] });
    await expect(notingUnlocked(Promise.reject(failure), run, AbortSignal.abort(failure))).rejects.toBe(
      failure,
    );
    expect(run.outcomes.values()).toEqual([]);
  });
});
