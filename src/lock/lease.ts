/**
 * The arithmetic of leases (pure). The controller may act on a node until the lease's deadline. The keeper frees the
 * lock T after it received a beat, which is never before the controller sent it. The controller counts T from the
 * sending, less a slack for clock rates and scheduling, so it always stops first.
 */
import type { ClockReading } from '../core/clock.ts';

export interface LeaseTiming {
  /** P: from one beat to the next. */
  readonly heartbeatMs: number;
  /** A: a beat must be answered within this. */
  readonly answerMs: number;
  /** T: how long a keeper bears silence. */
  readonly leaseMs: number;
  readonly slackMs: number;
  /** How far wall and monotonic clock may drift apart between two looks. */
  readonly clockJumpMs: number;
}

/** When the lease proven by a beat sent at that time runs out (monotonic ms). */
export function leaseDeadlineMs(beatSentAtMs: number, timing: LeaseTiming): number {
  return beatSentAtMs + timing.leaseMs - timing.slackMs;
}

/**
 * How long ago a reading was, by the clock that saw more time pass: the monotonic one stands still while the machine
 * sleeps, and sleeps too short to count as a jump add up as well.
 */
export function passedMs(since: ClockReading, now: ClockReading): number {
  return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
}

/**
 * Whether the machine slept or somebody set its wall clock between two readings. The monotonic clock stands still
 * during sleep, so no timer notices; then no lease is proven until a fresh answer has come.
 */
export function hasClockJumped(before: ClockReading, now: ClockReading, timing: LeaseTiming): boolean {
  const wallPassedMs = now.wallMs - before.wallMs;
  const monotonicPassedMs = now.monotonicMs - before.monotonicMs;
  return Math.abs(wallPassedMs - monotonicPassedMs) > timing.clockJumpMs;
}
