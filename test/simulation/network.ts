/** The network between a controller and a node: bytes arrive late, in bursts after a gap, or not at all, but in order. */
import type { Machine } from './machine.ts';
import { RANK, type World } from './world.ts';

/** What a pair of machines has between them, for all connections of the pair. */
export class Link {
  readonly #world: World;
  #latencyMs: number;
  /** Of a packet; TCP sends it again, and what comes behind it waits. */
  #lossProbability = 0;
  /** Until when nothing gets through, for each direction. */
  #blockedUntilMs = { up: 0, down: 0 };

  constructor(world: World) {
    this.#world = world;
    this.#latencyMs = world.random.between(0.2, 30);
  }

  /** Loses packets for a while. */
  drop(probability: number, forMs: number): void {
    this.#lossProbability = probability;
    this.#world.after(forMs, () => {
      this.#lossProbability = 0;
    });
  }

  delay(byMs: number, forMs: number): void {
    this.#latencyMs += byMs;
    this.#world.after(forMs, () => {
      this.#latencyMs -= byMs;
    });
  }

  cut(directions: readonly Direction[], forMs: number): void {
    for (const direction of directions) {
      this.#blockedUntilMs[direction] = Math.max(this.#blockedUntilMs[direction], this.#world.nowMs + forMs);
    }
  }

  delayMs(): number {
    const { random } = this.#world;
    let delayMs = this.#latencyMs * random.between(1, 1.5);
    for (let againMs = 200; againMs < 30_000 && random.chance(this.#lossProbability); againMs *= 2)
      delayMs += againMs;
    return delayMs;
  }

  blockedUntilMs(direction: Direction): number {
    return this.#blockedUntilMs[direction];
  }
}

/** `up`: from the controller to the node. */
export type Direction = 'up' | 'down';

/** One direction of one TCP connection. */
export class Pipe {
  readonly #world: World;
  readonly #link: Link;
  readonly #direction: Direction;
  readonly #receiver: Machine;
  readonly #queue: { readonly deliver: () => void; readonly readyAtMs: number }[] = [];
  #lastReadyMs = 0;
  /** Half-open: what is sent goes nowhere, and nobody says so. */
  isBlackHole = false;

  constructor(link: Link, direction: Direction, receiver: Machine) {
    this.#world = receiver.world;
    this.#link = link;
    this.#direction = direction;
    this.#receiver = receiver;
  }

  send(deliver: () => void): void {
    this.#lastReadyMs = Math.max(this.#lastReadyMs, this.#world.nowMs + this.#link.delayMs());
    this.#queue.push({ deliver, readyAtMs: this.#lastReadyMs });
    if (this.#queue.length === 1) this.#world.at(this.#lastReadyMs, () => this.#arrive());
  }

  #arrive(): void {
    const next = this.#queue[0];
    if (next === undefined || this.isBlackHole) return;
    const blockedUntilMs = this.#link.blockedUntilMs(this.#direction);
    if (blockedUntilMs > this.#world.nowMs) {
      // What was sent again meanwhile was sent at growing distance.
      const cutMs = blockedUntilMs - this.#world.nowMs;
      this.#world.at(blockedUntilMs + this.#world.random.between(0, Math.min(cutMs, 10_000)), () =>
        this.#arrive(),
      );
      return;
    }
    this.#queue.shift();
    const following = this.#queue[0];
    if (following !== undefined) this.#world.at(following.readyAtMs, () => this.#arrive());
    this.#receiver.handle(next.deliver, RANK.input);
  }
}
