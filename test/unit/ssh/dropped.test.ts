import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { DroppedError, unlessDropped } from '../../../src/ssh/dropped.ts';

const DROPPED = new DroppedError('unreachable', 'the node closed the connection (handshake)');

/** Time that passes as soon as somebody waits. */
function waitingClock() {
  let nowMs = 0;
  const pausesMs: number[] = [];
  const clock: Clock = {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    after: (delayMs, callback) => {
      nowMs += delayMs;
      pausesMs.push(delayMs);
      queueMicrotask(callback);
      return () => {};
    },
    afterPendingInput: queueMicrotask,
  };
  return { clock, pausesMs, nowMs: () => nowMs };
}

function attempts(drops: number, last: () => Promise<string> = async () => 'in') {
  const seen = { count: 0 };
  const attempt = async () => {
    seen.count++;
    if (seen.count <= drops) throw DROPPED;
    return last();
  };
  return { seen, attempt };
}

describe('S17: a connection that is dropped before the login', () => {
  test('is tried again, after pauses of random length that grow to a bound, inside the time to connect', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 0, max: 30_000 }),
        async (drops, randoms, limitMs) => {
          const { clock, pausesMs, nowMs } = waitingClock();
          const { seen, attempt } = attempts(drops);
          const random = () => randoms[pausesMs.length % randoms.length] ?? 0;
          const { signal } = new AbortController();
          const toldMs: number[] = [];
          const onRetry = (drop: DroppedError, ms: number) => {
            expect(drop).toBe(DROPPED);
            toldMs.push(ms);
          };
          const patience = { clock, random, signal, limitMs, onRetry };
          const end = await unlessDropped(attempt, patience).catch((error) => error);
          expect(toldMs).toEqual(pausesMs);
          expect(end).toBe(seen.count > drops ? 'in' : DROPPED);
          expect(pausesMs).toHaveLength(seen.count - 1);
          pausesMs.forEach((ms, at) => {
            expect(ms).toBeLessThanOrEqual(Math.min(3_000, 200 * 2 ** at));
          });
          expect(nowMs()).toBeLessThanOrEqual(limitMs);
        },
      ),
    );
  });

  test('a login that was refused, and whatever else went wrong, is not', async () => {
    const refused = new LockstepError('auth', 'no key is accepted');
    const { seen, attempt } = attempts(2, () => Promise.reject(refused));
    const { clock } = waitingClock();
    const { signal } = new AbortController();
    const tried = unlessDropped(attempt, { clock, random: () => 0.5, signal, limitMs: 10_000 });
    await expect(tried).rejects.toBe(refused);
    expect(seen.count).toBe(3);
  });

  test('an abort ends the wait for the next attempt', async () => {
    const abort = new AbortController();
    const clock: Clock = { ...waitingClock().clock, after: () => () => {} };
    const patience = { clock, random: () => 0.5, signal: abort.signal, limitMs: 10_000 };
    const tried = unlessDropped(attempts(9).attempt, patience);
    const reason = new LockstepError('interrupted', 'Ctrl-C');
    setImmediate(() => abort.abort(reason));
    await expect(tried).rejects.toBe(reason);
  });
});
