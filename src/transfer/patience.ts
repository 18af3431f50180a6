/**
 * How long fast nodes wait for slower ones: never more than a small share of the time. Nodes of like speed take turns in being
 * last, and a short wait for them is cheaper than the way over the disk. A node that is truly slow uses the patience up at once.
 */

import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { atMost } from '../core/waiting.ts';

export class Patience {
  readonly #clock: Clock;
  #leftMs = 0;
  #countedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAtMs = clock.monotonicMs();
  }

  /** Waits for the promise, but no longer than the patience lasts. */
  async waitFor(promise: Promise<void>): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    const grown = this.#leftMs + (startMs - this.#countedAtMs) * LIMITS.laggardPatienceShare;
    const timeoutMs = Math.min(grown, LIMITS.laggardPatienceMs);
    await atMost(promise, { clock: this.#clock, timeoutMs });
    this.#countedAtMs = this.#clock.monotonicMs();
    this.#leftMs = Math.max(0, timeoutMs - (this.#countedAtMs - startMs));
  }
}
