/** Time for a terminal whose bar is drawn again and again. */
import { afterEach, beforeEach, vi } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';

/** It begins anew with each test, and passes by `pass` alone. Called once in a file, or in a describe. */
export function barTime() {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 0;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const pass = async (ms: number): Promise<void> => {
    for (const end = nowMs + ms; nowMs < end; ) {
      nowMs += LIMITS.barRedrawMs;
      await vi.advanceTimersByTimeAsync(LIMITS.barRedrawMs);
    }
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };
  return {
    clock: { now: () => new Date(2026, 10, 21, 9, 12, 40), monotonicMs: () => nowMs },
    pass,
  };
}
