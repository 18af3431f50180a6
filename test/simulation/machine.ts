/** A machine of the world: its two clocks, and the times in which it does nothing. */
import type { Clock } from '../../src/core/clock.ts';
import { RANK, type Rank, type World } from './world.ts';

/** `stalled`: the clocks go on (SIGSTOP, a busy host). `asleep`: only the wall clock does (suspend). */
export type Frozen = 'stalled' | 'asleep';

export class Machine implements Clock {
  readonly name: string;
  readonly world: World;
  isDead = false;
  /** What its monotonic clock gains in a true second. */
  readonly #rate: number;
  #wallOffsetMs: number;
  #sleptMs = 0;
  #asleepSinceMs: number | undefined;
  #frozenUntilMs = 0;
  #inputRank: Rank = RANK.input;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.#rate = world.random.between(0.998, 1.002);
    this.#wallOffsetMs = world.random.between(-60_000, 60_000);
  }

  monotonicMs(): number {
    const sinceMs = this.#asleepSinceMs;
    const sleptMs = this.#sleptMs + (sinceMs === undefined ? 0 : this.world.nowMs - sinceMs);
    return (this.world.nowMs - sleptMs) * this.#rate;
  }

  wallMs(): number {
    return this.world.nowMs + this.#wallOffsetMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#at(this.monotonicMs() + delayMs, callback);
  }

  afterPendingInput(callback: () => void): void {
    this.world.after(0, () => this.handle(callback, RANK.afterInput), RANK.afterInput);
  }

  wasFrozenSince(atMs: number): boolean {
    return this.#frozenUntilMs > atMs;
  }

  get isFrozen(): boolean {
    return this.world.nowMs < this.#frozenUntilMs;
  }

  /** Lets the machine take an event: now, as soon as it is not frozen any more, or never. */
  handle(callback: () => void, rank: Rank): void {
    if (this.isDead) return;
    if (!this.isFrozen) return callback();
    const rankThen = rank === RANK.input ? this.#inputRank : rank;
    this.world.at(this.#frozenUntilMs, () => this.handle(callback, rank), rankThen);
  }

  freeze(how: Frozen, forMs: number): void {
    if (this.isFrozen || this.isDead) return;
    this.world.tell(this.name, `${how} for ${Math.round(forMs)} ms`);
    this.#frozenUntilMs = this.world.nowMs + forMs;
    this.#inputRank = this.world.random.pick([RANK.awaitedInput, RANK.input]);
    if (how === 'stalled') return;
    this.#asleepSinceMs = this.world.nowMs;
    const wake = () => {
      this.#sleptMs += forMs;
      this.#asleepSinceMs = undefined;
    };
    this.world.at(this.#frozenUntilMs, wake, RANK.timer);
  }

  /** Someone sets the wall clock. */
  setWall(byMs: number): void {
    this.world.tell(this.name, `wall clock set by ${Math.round(byMs)} ms`);
    this.#wallOffsetMs += byMs;
  }

  #at(dueMs: number, callback: () => void): () => void {
    let cancel = () => {};
    const wait = () => {
      cancel = this.world.after(
        (dueMs - this.monotonicMs()) / this.#rate,
        () => this.handle(fire, RANK.timer),
        RANK.timer,
      );
    };
    let isCancelled = false;
    const fire = () => {
      if (isCancelled) return;
      // It slept meanwhile: on its clock the time has not come yet.
      if (this.monotonicMs() < dueMs - 0.001) wait();
      else callback();
    };
    wait();
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}
