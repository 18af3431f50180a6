/**
 * Connects again, after growing random pauses, when a server has dropped the connection before the login: sshd does so
 * at random beyond its MaxStartups. It does not try a refused login again.
 */
import { backoffMs, pause } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';

/** The server closed or reset the connection before it showed who it is. */
export class DroppedError extends LockstepError {}

export interface Persistence {
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  readonly signal: AbortSignal;
  /** No attempt begins later than this. */
  readonly limitMs: number;
  /** Called before each pause with the failed attempt's error. */
  onRetry?(drop: DroppedError, pauseMs: number): void;
}

/** Rejects with an error that no further attempt would mend, or with that of the last drop. */
export async function unlessDropped<T>(attempt: () => Promise<T>, patience: Persistence): Promise<T> {
  const { clock, random, signal, limitMs } = patience;
  const endsMs = clock.monotonicMs() + limitMs;
  for (let drops = 1; ; drops++) {
    try {
      return await attempt();
    } catch (thrown) {
      const pauseMs = backoffMs(drops, random(), BACKOFF);
      const isLate = clock.monotonicMs() + pauseMs >= endsMs;
      if (!(thrown instanceof DroppedError) || isLate || signal.aborted) throw thrown;
      patience.onRetry?.(thrown, pauseMs);
      await pause(pauseMs, patience);
    }
  }
}

const BACKOFF = { baseMs: LIMITS.dropRetryMs, ceilingMs: LIMITS.dropRetryMsMax };
