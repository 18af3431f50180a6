/** Nodes, spools and clocks for the tests of the fan-out, whose pace is set by a schedule, or by a clock that stands until all wait. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { UnlinkedFile } from '../../../src/core/unlinked-file.ts';
import type { Sink } from '../../../src/transfer/fan-out.ts';
import type { SpoolFactory } from '../../../src/transfer/overflow.ts';
import { SMALL_LIMITS } from './small-limits.ts';

/** Lets another turn of the schedule pass; tests without a schedule go on at once. */
export type Turn = (label: string) => Promise<unknown>;
export const atOnce: Turn = () => Promise.resolve();

/** A node: takes bytes at its own pace, and can die or stall. */
export class FakeNode implements Sink {
  readonly ended: Promise<unknown>;
  received = 0;
  isEnded = false;
  isDead = false;
  die: () => void = () => {};
  readonly #chunks: Buffer[] = [];
  readonly #turn: Turn;
  readonly #plan: { slowness: number; stallsAt?: number; diesAt?: number };

  constructor(plan: { slowness: number; stallsAt?: number; diesAt?: number }, turn: Turn = atOnce) {
    this.#plan = plan;
    this.#turn = turn;
    this.ended = new Promise<void>((resolve) => {
      this.die = () => {
        this.isDead = true;
        resolve();
      };
    });
  }

  async write(bytes: Buffer): Promise<void> {
    expect(this.isEnded, 'bytes behind the end').toBe(false);
    const { slowness, stallsAt, diesAt } = this.#plan;
    if (stallsAt !== undefined && this.received >= stallsAt) return new Promise(() => {});
    for (let turn = 0; turn < slowness; turn++) await this.#turn('write');
    this.#chunks.push(Buffer.from(bytes));
    this.received += bytes.length;
    if (diesAt !== undefined && this.received >= diesAt) this.die();
  }

  end(): void {
    this.isEnded = true;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** A spool in memory; full beyond a number of bytes. */
export function memorySpool(turn: Turn = atOnce, bytesMax = Number.POSITIVE_INFINITY) {
  const contents = new Map<number, number>();
  const state = { opened: 0, closed: 0, readsAtOnce: 0, readsAtOnceMax: 0, readBytesMax: 0 };
  const spool: UnlinkedFile = {
    async write(bytes, offset) {
      await turn('spool write');
      if (contents.size + bytes.length > bytesMax) throw new Error('ENOSPC: no space left on device');
      bytes.forEach((byte, index) => {
        contents.set(offset + index, byte);
      });
    },
    async read(offset, length) {
      state.readsAtOnceMax = Math.max(state.readsAtOnceMax, ++state.readsAtOnce);
      state.readBytesMax = Math.max(state.readBytesMax, length);
      await turn('spool read');
      state.readsAtOnce--;
      return Buffer.from(
        Array.from({ length }, (_, index) => {
          const byte = contents.get(offset + index);
          if (byte === undefined) throw new Error(`byte ${offset + index} was never written`);
          return byte;
        }),
      );
    },
    async close() {
      state.closed++;
    },
  };
  const open: SpoolFactory = async () => {
    await turn('spool open');
    state.opened++;
    return spool;
  };
  return { open, state };
}

/** A clock whose timers wait for a turn of the schedule, and whose time grows with each look at it. */
export function scheduledClock(turn: Turn): Clock {
  let nowMs = 0;
  return {
    monotonicMs: () => ++nowMs,
    wallMs: () => nowMs,
    after(_delayMs, callback) {
      let isOff = false;
      void turn('timer').then(() => isOff || callback());
      return () => {
        isOff = true;
      };
    },
    afterPendingInput: setImmediate,
  };
}

/** Time that jumps to the next timer whenever all else waits. */
export class IdleClock implements Clock {
  nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  monotonicMs = () => this.nowMs;
  wallMs = () => this.nowMs;
  afterPendingInput = setImmediate;
  /** For `FakeNode`: each turn takes a millisecond. */
  readonly turn: Turn = () => new Promise<void>((resolve) => this.after(1, resolve));

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async runUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#timers.sort((one, other) => one.atMs - other.atMs);
      if (next === undefined) continue;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.nowMs = next.atMs;
      next.callback();
    }
  }
}

/** Bytes that differ from their neighbours, in chunks of the given sizes. */
export function chunksOf(sizes: readonly number[]): Buffer[] {
  let next = 0;
  return sizes.map((size) => Buffer.from(Array.from({ length: size }, () => next++ % 251)));
}

/** An archive that is read chunk by chunk. */
export async function* archiveOf(
  chunks: readonly Buffer[],
  beforeEach: (chunk: Buffer) => unknown = () => {},
) {
  for (const chunk of chunks) {
    await beforeEach(chunk);
    yield chunk;
  }
}

/** Of a fan-out in which nothing but the schedule takes time. */
export const options = (spool: SpoolFactory, signal = new AbortController().signal) => ({
  signal,
  spool,
  onSpoolFailed: () => {},
  clock: scheduledClock(atOnce),
});

/** More than fits into memory. */
export const sizesOfMany = Array.from({ length: 100 }, () => 16);

/** Sizes of chunks, as an archive may have them. */
export const sizes = fc.array(fc.integer({ min: 1, max: SMALL_LIMITS.archiveChunkBytes }), {
  maxLength: 80,
  size: 'max',
});
