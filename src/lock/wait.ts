/**
 * Waits for a lock that others hold. It holds nothing meanwhile: each refused try gives back all that it took. So
 * overlapping runs cannot block each other for good, and of those that meet one gets past the others.
 */
import { type BackoffBounds, backoffMs, pause } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { isWorthWaiting } from './refusal.ts';

export interface WaitOptions {
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  /** 0: one try, no waiting. */
  readonly limitMs: number;
  /** Its ceiling is low: a run on many nodes fails more often, and runs on few would outrun it for ever. */
  readonly backoff: BackoffBounds;
  /** Ends the wait at once. */
  readonly signal: AbortSignal;
  onWaiting(refusal: LockstepError, waitedMs: number): void;
}

/**
 * Tries until it succeeds, for at most `limitMs`, with one last try at the end.
 * Rejects with the last refusal, with the first error that time cannot mend, or with the signal's reason.
 */
export async function tryUntil<T>(
  attempt: (isFirst: boolean) => Promise<T>,
  options: WaitOptions,
): Promise<T> {
  const { clock, limitMs, signal } = options;
  const startedAtMs = clock.monotonicMs();
  for (let refusals = 1; ; refusals++) {
    try {
      return await attempt(refusals === 1);
    } catch (thrown) {
      const waitedMs = clock.monotonicMs() - startedAtMs;
      const isOver = signal.aborted || waitedMs >= limitMs;
      if (isOver || !(thrown instanceof LockstepError) || !isWorthWaiting(thrown)) throw thrown;
      options.onWaiting(thrown, Math.round(waitedMs));
      const pauseMs = backoffMs(refusals, options.random(), options.backoff);
      await pause(Math.min(pauseMs, limitMs - waitedMs), options);
    }
  }
}
