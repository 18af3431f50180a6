/**
 * How long to wait before the lock is tried again: full jitter, so that runs which met do not meet again. Pure.
 * The ceiling is low, or a run on many nodes, which fails more often, would be outrun for ever by those on few.
 */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly ceilingMs: number;
}

/** `refusals`: how many there were so far, from 1; `random`: from 0 up to 1. */
export function backoffMs(refusals: number, random: number, { baseMs, ceilingMs }: BackoffBounds): number {
  return random * Math.min(ceilingMs, baseMs * 2 ** (refusals - 1));
}
