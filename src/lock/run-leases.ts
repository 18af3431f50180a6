/**
 * The leases of a run, from the first lock that it is given to the last that it gives back: a node that is locked already hears
 * beats while others are waited for. What is lost is told once, and breaks the run.
 */
import type { Clock, ClockReading } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import { Heart } from './heart.ts';
import type { LeaseTiming } from './lease.ts';

/** Watches over keepers, and tells of each that is lost, once. */
export interface Leases {
  add(keeper: HeldKeeper, startedAt: ClockReading): void;
  /** It is given back: that it ends is no loss. */
  remove(keeper: HeldKeeper): void;
  /** Looks now, without waiting for a timer. */
  check(): void;
  stop(): void;
}

export interface LeaseOptions {
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  /** The user's interrupt. */
  readonly interrupt: AbortSignal;
  /** What knows of the leases: a heart of our own, unless a call's session has it. */
  openLeases?(onLost: (keeper: HeldKeeper, reason: string) => void): Leases;
  /** Told of the lock that ends the run, the moment it is lost: giving the others back may take its time. */
  onLockLost?(error: LockstepError): void;
  /** Told of a keeper without a lock (`-y`, `-t`) that is gone: its node is lost, the run goes on. */
  onNodeLost(keeper: HeldKeeper, reason: string): void;
}

export class RunLeases {
  /** Aborts with a LockstepError: a lost lock, or the interrupt. */
  readonly signal: AbortSignal;
  /** They do not answer any more, and end by themselves. */
  readonly lost = new Set<HeldKeeper>();
  readonly #broken = new AbortController();
  readonly #options: LeaseOptions;
  readonly #leases: Leases;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.signal = AbortSignal.any([this.#broken.signal, options.interrupt]);
    const onLost = (keeper: HeldKeeper, reason: string) => this.#lose(keeper, reason);
    const openHeart = () => new Heart(options.timing, options.clock, onLost);
    this.#leases = options.openLeases === undefined ? openHeart() : options.openLeases(onLost);
  }

  add(keeper: HeldKeeper): void {
    this.#leases.add(keeper, keeper.startedAt);
  }

  remove(keeper: HeldKeeper): void {
    this.#leases.remove(keeper);
  }

  /** Throws unless every lease is proven now. */
  check(): void {
    this.#leases.check();
    this.signal.throwIfAborted();
  }

  stop(): void {
    this.#leases.stop();
  }

  #lose(keeper: HeldKeeper, reason: string): void {
    this.lost.add(keeper);
    if (keeper.settings.kind !== 'none') {
      const error = lostError(keeper, reason);
      if (!this.signal.aborted) this.#options.onLockLost?.(error);
      return this.#broken.abort(error);
    }
    this.#options.onNodeLost(keeper, reason);
    keeper.abandon();
  }
}

function lostError(keeper: HeldKeeper, reason: string): LockstepError {
  const text = `can't receive heartbeat, the lock is lost: ${reason}`;
  // The whole sentence is told the moment it happens.
  const brief = { text: 'lost its lock, which ended the run', causes: [] };
  return new LockstepError('lock-lost', text, { node: keeper.node, brief });
}
