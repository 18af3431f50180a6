import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { leaveOut, noteRefusal } from '../../../../src/run/start/leave-out.ts';
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
