/**
 * A readable rate of bytes: measured once a second, and smoothed. Undefined until there is enough to go by, and once
 * nothing moves any more. Pure; times are on any clock that does not jump.
 */
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';

export interface Rate {
  /** The bytes so far, and when they last grew. */
  readonly bytes: number;
  readonly newsMs: number;
  /** The last measurement; undefined before the first bytes. */
  readonly look: { readonly atMs: number; readonly bytes: number } | undefined;
  /** The weighted sum of all measured rates, newer ones with more weight, and the sum of the weights, up to 1. */
  readonly sum: number;
  readonly weight: number;
}

export function beginRate(nowMs: number): Rate {
  return { bytes: 0, newsMs: nowMs, look: undefined, sum: 0, weight: 0 };
}

/** `bytes`: the count so far; it never shrinks. */
export function noteBytes(rate: Rate, bytes: number, nowMs: number): Rate {
  const noted = { ...rate, bytes, newsMs: bytes > rate.bytes ? nowMs : rate.newsMs };
  const { look } = rate;
  if (look === undefined) {
    return { ...noted, look: { atMs: nowMs + PROGRESS_LIMITS.rateWarmUpMs, bytes } };
  }
  // While buffers fill, it puts the measurement off.
  if (nowMs <= look.atMs) return { ...noted, look: { ...look, bytes } };
  if (nowMs - look.atMs < PROGRESS_LIMITS.rateSampleMs) return noted;
  return { ...noted, look: { atMs: nowMs, bytes }, ...lookedAt(noted, nowMs) };
}

/** Bytes per second; undefined while unknown. */
export function perSecond(rate: Rate, nowMs: number): number | undefined {
  const { look } = rate;
  if (look === undefined || stalledMs(rate, nowMs) > 0) return undefined;
  const isFresh = nowMs - look.atMs < PROGRESS_LIMITS.rateSampleMs;
  const { sum, weight } = isFresh ? rate : lookedAt(rate, nowMs);
  return weight === 0 || sum === 0 ? undefined : sum / weight;
}

/** For how long nothing has moved, once that is long; else 0. */
export function stalledMs({ newsMs }: Rate, nowMs: number): number {
  const quietMs = nowMs - newsMs;
  return quietMs < PROGRESS_LIMITS.stalledAfterMs ? 0 : quietMs;
}

/** Rounded up, the more the longer it is, so that it does not flicker: 1 s at least. Undefined if nobody can know. */
export function secondsLeft(bytes: number, bytesPerSecond: number | undefined): number | undefined {
  if (bytesPerSecond === undefined || bytes <= 0) return undefined;
  const seconds = bytes / bytesPerSecond;
  if (seconds > PROGRESS_LIMITS.leftSecondsMax) return undefined;
  const { step } = STEPS.find(({ below }) => seconds <= below) ?? LONGEST;
  return Math.max(1, Math.ceil(seconds / step) * step);
}

const LONGEST = { below: Number.POSITIVE_INFINITY, step: 600 };
const STEPS = [
  { below: 20, step: 1 },
  { below: 60, step: 5 },
  { below: 600, step: 20 },
  { below: 3_600, step: 60 },
  LONGEST,
];

function lookedAt({ bytes, look, sum, weight }: Rate, nowMs: number): Pick<Rate, 'sum' | 'weight'> {
  if (look === undefined) return { sum, weight };
  const ms = nowMs - look.atMs;
  const kept = Math.exp(-ms / PROGRESS_LIMITS.rateMemoryMs);
  const now = ((bytes - look.bytes) * 1000) / ms;
  return { sum: sum * kept + now * (1 - kept), weight: weight * kept + (1 - kept) };
}
