/** Rate and time left: right for a steady stream, calm for an uneven one, and silent where nothing can be said. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROGRESS_LIMITS } from '../../../src/core/limits/progress.ts';
import {
  beginRate,
  noteBytes,
  perSecond,
  type Rate,
  secondsLeft,
  stalledMs,
} from '../../../src/output/bar/rate.ts';
import { often } from '../../often.ts';

interface Step {
  readonly ms: number;
  readonly bytes: number;
}

/** The rate at each step of a stream, with what was told by then. */
function* follow(steps: Iterable<Step>): Generator<{ rate: Rate; nowMs: number; bytes: number }> {
  let rate = beginRate(0);
  let [nowMs, bytes] = [0, 0];
  for (const step of steps) {
    nowMs += step.ms;
    bytes += step.bytes;
    rate = noteBytes(rate, bytes, nowMs);
    yield { rate, nowMs, bytes };
  }
}

const steps = (bytes: fc.Arbitrary<number>) =>
  fc.array(fc.record({ ms: fc.integer({ min: 1, max: 400 }), bytes }), { minLength: 100, maxLength: 600 });
const told = (all: Iterable<{ rate: Rate; nowMs: number }>) =>
  [...all].flatMap(({ rate, nowMs }) => perSecond(rate, nowMs) ?? []);

describe('the rate', () => {
  test('is that of a steady stream, and the time left falls with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 20, max: 300 }), (perMs, ms) => {
        const count = Math.ceil(40_000 / ms);
        const whole = (count + 1) * perMs * ms;
        const stream = Array.from({ length: count }, () => ({ ms, bytes: perMs * ms }));
        // The first look begins in the middle of a step.
        const settled = [...follow(stream)].filter(({ nowMs }) => nowMs > 20_000);
        const rates = told(settled);
        expect(rates).toHaveLength(settled.length);
        expect(Math.min(...rates)).toBeGreaterThan(perMs * 990);
        expect(Math.max(...rates)).toBeLessThan(perMs * 1010);
        const left = settled.map(({ bytes }, at) => secondsLeft(whole - bytes, rates[at]) ?? Number.NaN);
        expect(left.filter((seconds, at) => !(seconds <= (left[at - 1] ?? seconds) + 1))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('is never beyond the slowest and the fastest of its looks, and changes by an eighth of their distance at most', () => {
    fc.assert(
      fc.property(steps(fc.integer({ min: 0, max: 100_000 })), (stream) => {
        const rates = told(follow(stream));
        const looks: number[] = [];
        let last: Rate['look'];
        for (const { rate } of follow(stream)) {
          const { look } = rate;
          if (last !== undefined && look !== undefined && rate.weight > 0 && look.atMs > last.atMs)
            looks.push(((look.bytes - last.bytes) * 1000) / (look.atMs - last.atMs));
          last = look;
        }
        const [low, high] = [Math.min(...looks), Math.max(...looks)];
        expect(rates.filter((rate) => rate < low * 0.999 || rate > high * 1.001)).toEqual([]);
        // A look comes within 1.4 s, and by then the newest counts no more than this, but where it is among the first.
        const settled = rates.slice(60);
        const share = 1.3 * (1 - Math.exp(-1_400 / PROGRESS_LIMITS.rateMemoryMs));
        settled.forEach((rate, index) => {
          const before = settled[index - 1] ?? rate;
          expect(Math.abs(rate - before)).toBeLessThanOrEqual(share * (high - low) + 1);
        });
      }),
      { numRuns: often(60) },
    );
  });

  test('stands still between two looks, so that it can be read', () => {
    const stream = Array.from({ length: 300 }, (_, index) => ({ ms: 100, bytes: (index * 7919) % 5000 }));
    expect(new Set(told(follow(stream))).size).toBeLessThanOrEqual(30);
  });

  test('does not count what fills the buffers on the way', () => {
    const burst = [{ ms: 10, bytes: 1e9 }, ...Array.from({ length: 100 }, () => ({ ms: 100, bytes: 1000 }))];
    for (const rate of told(follow(burst))) expect(rate).toBeLessThan(11_000);
  });

  test('falls when nothing comes, then nothing is said but since when', () => {
    const stream = Array.from({ length: 100 }, () => ({ ms: 100, bytes: 1000 }));
    const { rate, nowMs } = [...follow(stream)].at(-1) as { rate: Rate; nowMs: number };
    const at = (ms: number) => perSecond(rate, nowMs + ms);
    expect(at(2_900)).toBeLessThan(at(1_500) ?? 0);
    expect(at(1_500)).toBeLessThan(at(0) ?? 0);
    expect(stalledMs(rate, nowMs + 2_900)).toBe(0);
    expect(at(3_000)).toBeUndefined();
    expect(stalledMs(rate, nowMs + 12_000)).toBe(12_000);
    expect(perSecond(beginRate(0), 10)).toBeUndefined();
  });
});

describe('the time that is left', () => {
  test.each([
    [1, 1e9, 1],
    [4000, 1000, 4],
    [4001, 1000, 5],
    [41, 1, 45],
    [61, 1, 80],
    [601, 1, 660],
    [4000, 1, 4200],
    [1, 1e-9, undefined],
    [4000, undefined, undefined],
    [0, 1000, undefined],
  ])('of %d bytes at %s a second is told as %s s', (bytes, rate, seconds) => {
    expect(secondsLeft(bytes, rate)).toBe(seconds);
  });

  test('is never 0, never less than it is, and never more than a third longer, but for a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.double({ min: 1, max: 1e12, noNaN: true }), (bytes, rate) => {
        const seconds = secondsLeft(bytes, rate);
        if (seconds === undefined) {
          expect(bytes / rate).toBeGreaterThan(PROGRESS_LIMITS.leftSecondsMax);
          return;
        }
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeGreaterThanOrEqual(bytes / rate);
        expect(seconds).toBeLessThanOrEqual((bytes / rate) * 1.34 + 1);
      }),
    );
  });
});
