/**
 * Decides which calls may hold a channel on a node while they wait for another one, there or on another node. A call
 * that is a run of its own in the session (an upload, a sync, one with stdin or another lock path) has a keeper and,
 * beside it, one worker at a time, and sends nothing before all its workers are there. So each call with a seat finds
 * room for both on every node: none waits for ever for one that waits for it.
 */
import { unlessAborted } from '../core/waiting.ts';
import type { Turns } from './turns.ts';

export class Seats {
  readonly #turns: readonly Turns[];
  #taken = 0;
  #last: Promise<unknown> = Promise.resolve();
  #free = () => {};
  /** The nodes, by their numbers, that lack room for the next call. */
  #lacking: readonly number[] = [];
  /** Resolves when a call gives the next seat back. */
  #freed = this.#nextFreed();

  /** One for each node. */
  constructor(turns: readonly Turns[]) {
    this.#turns = turns;
  }

  get lacking(): readonly number[] {
    return this.#lacking;
  }

  /** Resolves, first come first served, with a function that gives the seat back. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    const taken = before.then(() => this.#take(signal));
    this.#last = taken.catch(() => {});
    return taken;
  }

  async #take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    for (let freed = this.#freed; !(await this.#isRoom()); freed = this.#freed) {
      await unlessAborted(signal, freed);
    }
    this.#taken++;
    return () => {
      this.#taken--;
      this.#free();
    };
  }

  #nextFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#free = () => {
        this.#freed = this.#nextFreed();
        resolve();
      };
    });
  }

  /** Whether each node has a channel for every keeper and its worker. A lone call hears from the node itself what it lacks. */
  async #isRoom(): Promise<boolean> {
    if (this.#taken === 0) return true;
    // The call that asks for a lost node reports it.
    const answers = await Promise.all(
      this.#turns.map((turns) => turns.has(2 * (this.#taken + 1)).catch(() => true)),
    );
    this.#lacking = answers.flatMap((hasRoom, number) => (hasRoom ? [] : [number]));
    return this.#lacking.length === 0;
  }
}
