/** A clock that the test moves. */
import type { Clock } from '../../../src/core/clock.ts';

/** Timers in order of their time; nothing passes by itself. */
export class StillClock implements Clock {
  nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  monotonicMs = () => this.nowMs;
  wallMs = () => this.nowMs;
  after = (delayMs: number, callback: () => void) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };
  afterPendingInput = (callback: () => void) => void this.after(0, callback);

  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs all that is due until then; promises have their turns in between. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      const due = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined || due.atMs > endMs) break;
      this.#timers.delete(due);
      this.nowMs = due.atMs;
      due.callback();
    }
    this.nowMs = endMs;
  }
}
