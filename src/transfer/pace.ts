/**
 * `--bwlimit`: how many bytes all nodes together may take in a second. Each request gets the next free time, in the order of the
 * requests, so that nodes which ask for one piece after the other have equal shares. Unused bandwidth is saved up, but not for long.
 */
import type { Clock } from '../core/clock.ts';
import { PROGRESS_LIMITS } from '../core/limits/progress.ts';

export interface Bucket {
  /** When all bytes that were granted so far have had their time. */
  readonly freeAtMs: number;
}

/** When so many bytes may go: now or later. Pure. */
export function grant(
  bucket: Bucket,
  { bytes, nowMs, bytesPerSecond }: { bytes: number; nowMs: number; bytesPerSecond: number },
): { readonly bucket: Bucket; readonly atMs: number } {
  const fromMs = Math.max(bucket.freeAtMs, nowMs - PROGRESS_LIMITS.burstMs);
  const freeAtMs = fromMs + (bytes * 1000) / bytesPerSecond;
  return { bucket: { freeAtMs }, atMs: Math.max(fromMs, nowMs) };
}

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  #bucket: Bucket;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bucket = { freeAtMs: clock.monotonicMs() };
  }

  /** How many bytes to ask for at a time: few enough that others have their turn soon. */
  get pieceBytes(): number {
    const { pieceSeconds, pieceBytesMin, pieceBytesMax } = PROGRESS_LIMITS;
    const piece = Math.floor(this.#bytesPerSecond * pieceSeconds);
    return Math.min(Math.max(piece, pieceBytesMin), pieceBytesMax);
  }

  /** Calls back, at once or later, when so many bytes may go. The returned function cancels that. */
  take(bytes: number, callback: () => void): () => void {
    const nowMs = this.#clock.monotonicMs();
    const { bucket, atMs } = grant(this.#bucket, { bytes, nowMs, bytesPerSecond: this.#bytesPerSecond });
    this.#bucket = bucket;
    if (atMs > nowMs) return this.#clock.after(atMs - nowMs, callback);
    callback();
    return () => {};
  }
}

/** The turns of one node, which asks for one piece at a time. */
export class Turns {
  readonly #pace: Pace | undefined;
  #isOver = false;
  #leave: () => void = () => {};

  constructor(pace: Pace | undefined) {
    this.#pace = pace;
  }

  get pieceBytes(): number {
    return this.#pace?.pieceBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves when so many bytes may go, or `end` was called. */
  async wait(bytes: number): Promise<void> {
    const pace = this.#pace;
    if (pace === undefined || this.#isOver) return;
    await new Promise<void>((resolve) => {
      const callOff = pace.take(bytes, resolve);
      this.#leave = () => {
        callOff();
        resolve();
      };
    });
  }

  /** The node needs no more turns: whoever waits for one goes on at once. */
  end(): void {
    this.#isOver = true;
    this.#leave();
  }

  get isOver(): boolean {
    return this.#isOver;
  }
}
