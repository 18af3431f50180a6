import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { failureOf } from '../../../src/run/command/command-end.ts';
import { Outcomes } from '../../../src/run/outcomes.ts';
import { Ear, nodeAt } from './fixtures.ts';

const [a, b] = [nodeAt('a'), nodeAt('b')];
const refused = new LockstepError('upload-failed', 'no room', { node: a });

describe('how nodes have ended', () => {
  test.each<[outcome: Outcome, told: object]>([
    [{ kind: 'ok' }, { type: 'node-done' }],
    [
      { kind: 'refused', error: refused },
      { type: 'node-failed', error: refused },
    ],
    [
      { kind: 'exit', code: 3 },
      { type: 'node-failed', error: { code: 'command-failed' } },
    ],
    [
      { kind: 'timed-out', afterMs: 1 },
      { type: 'node-failed', error: { code: 'command-timed-out' } },
    ],
  ])('is told as it is written, and that its part of the phase has ended: %o', (outcome, told) => {
    const ear = new Ear();
    const outcomes = new Outcomes(ear.hear);
    outcomes.settle(a, outcome, 'exec');
    expect(outcomes.get(a)).toEqual(outcome);
    expect(ear.events).toEqual([
      { type: 'outcome', node: a, outcome },
      expect.objectContaining({ phase: 'exec', node: a, ...wrapped(told) }),
    ]);
  });

  test('without a phase nothing is said of one', () => {
    const ear = new Ear();
    new Outcomes(ear.hear).settle(a, { kind: 'ok' });
    expect(ear.events.map(({ type }) => type)).toEqual(['outcome']);
  });

  test('the first cause decides; a node that ends anew has ended behind the others', () => {
    const outcomes = new Outcomes(() => {});
    outcomes.settle(a, { kind: 'ok' });
    outcomes.settle(b, { kind: 'exit', code: 1 });
    outcomes.settle(a, { kind: 'timed-out', afterMs: 1 });
    expect(outcomes.values().map(({ kind }) => kind)).toEqual(['exit', 'timed-out']);
    expect(failureOf(outcomes.values())?.code).toBe('command-failed');
  });
});

function wrapped(told: object): object {
  return 'error' in told && !(told.error instanceof LockstepError)
    ? { ...told, error: expect.objectContaining(told.error) }
    : told;
}
