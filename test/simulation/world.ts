/**
 * Everything that happens in a simulated world, in the order of its one true time. Promises of the program under test
 * run to rest between two events, so that a seed always gives the same history.
 */
import { Random } from './random.ts';

/** The order of events of the same time. A machine that was frozen while it waited for input takes that before its timers. */
export const RANK = { awaitedInput: 0, timer: 1, input: 2, afterInput: 3 } as const;
export type Rank = (typeof RANK)[keyof typeof RANK];

interface WorldEvent {
  readonly atMs: number;
  readonly rank: Rank;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

export interface Told {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

export class World {
  readonly random: Random;
  /** What happened, for people. */
  readonly history: Told[] = [];
  #nowMs = 0;
  #sequence = 0;
  readonly #events: WorldEvent[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** True time, which no machine of the world can read. */
  get nowMs(): number {
    return this.#nowMs;
  }

  tell(who: string, what: string): void {
    this.history.push({ atMs: this.#nowMs, who, what });
  }

  /** Calls back after so many true milliseconds; the returned function calls it off. */
  after(delayMs: number, callback: () => void, rank: Rank = RANK.input): () => void {
    return this.at(this.#nowMs + delayMs, callback, rank);
  }

  at(atMs: number, callback: () => void, rank: Rank = RANK.input): () => void {
    const event: WorldEvent = {
      atMs: Math.max(this.#nowMs, atMs),
      rank,
      sequence: this.#sequence++,
      callback,
    };
    push(this.#events, event);
    return () => {
      event.callback = undefined;
    };
  }

  /** Lets time pass until `untilMs`, until nothing is left to happen, or until `isOver` says so after an event. */
  async run(untilMs: number, isOver: () => boolean): Promise<'over' | 'time is up' | 'nothing left'> {
    await settle();
    for (;;) {
      if (isOver()) return 'over';
      const next = this.#events[0];
      if (next === undefined) return 'nothing left';
      if (next.atMs > untilMs) {
        this.#nowMs = untilMs;
        return 'time is up';
      }
      pop(this.#events);
      if (next.callback === undefined) continue;
      this.#nowMs = next.atMs;
      next.callback();
      await settle();
    }
  }
}

/** Node runs a tick only when no promise is left to go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(one: WorldEvent, other: WorldEvent): boolean {
  if (one.atMs !== other.atMs) return one.atMs < other.atMs;
  return one.rank === other.rank ? one.sequence < other.sequence : one.rank < other.rank;
}

function push(heap: WorldEvent[], event: WorldEvent): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

/** Takes the first event away. */
function pop(heap: WorldEvent[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}
