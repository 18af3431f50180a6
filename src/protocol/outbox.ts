/**
 * When what waits for tools is written: soon, but after many writes only when these have had their rest. Otherwise a
 * thousand tools that say a word within some seconds would cost a million writes of one line each.
 */
import { LIMITS } from '../core/limits/limits.ts';
import type { ToolQueue } from './tool-queue.ts';

export interface OutboxOptions {
  /** Returns what cancels the timer. */
  startTimer(callback: () => void, afterMs: number): () => void;
  /** Runs the callback soon, once for what has piled up until then. */
  defer(callback: () => void): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Set<ToolQueue>();
  #isDeferred = false;
  #isClosed = false;
  /** Ends the rest after a round of writes, while there is one. */
  #cancelRest: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Something waits in this queue. */
  add(queue: ToolQueue): void {
    this.#waiting.add(queue);
    if (this.#cancelRest === undefined) this.#flushSoon();
    else if (queue.waitingBytes > LIMITS.protocolRestBytesMax) this.hurry();
  }

  /** What waits is complete: to rest would only delay it. */
  hurry(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#flushSoon();
  }

  /** Nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRest?.();
  }

  #flushSoon(): void {
    if (this.#isDeferred || this.#waiting.size === 0) return;
    this.#isDeferred = true;
    this.#options.defer(() => {
      this.#isDeferred = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isClosed) return;
    const queues = [...this.#waiting];
    this.#waiting.clear();
    for (const queue of queues) void queue.flush();
    const restMs = Math.floor(queues.length / LIMITS.protocolWritesPerMs);
    if (restMs > 0) this.#cancelRest = this.#options.startTimer(() => this.hurry(), restMs);
  }
}
