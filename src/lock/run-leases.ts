/**
 * The leases of a run, from the first lock that it gets to the last that it gives back. A node that is already locked
 * hears beats while the run waits for others. A lost lock is reported once, and ends the run.
 */
import type { Clock, ClockReading } from '../core/clock.ts';
import { durationText } from '../core/duration.ts';
import { LockstepError } from '../core/errors.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import { Heart } from './heart.ts';
import type { LeaseTiming } from './lease.ts';

/** Watches over keepers, and reports each loss once. */
export interface Leases {
  add(keeper: HeldKeeper, startedAt: ClockReading): void;
  /** The run gives this lock back: the keeper's end is no loss. */
  remove(keeper: HeldKeeper): void;
  /** Looks now, without a timer. */
  check(): void;
  stop(): void;
}

export interface LeaseOptions {
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  /** The user's interrupt. */
  readonly interrupt: AbortSignal;
  /** Starts to prove the leases: with a heart of its own, unless the run is a call, whose session has one. */
  openLeases?(onLost: (keeper: HeldKeeper, reason: string) => void): Leases;
  /** Called the moment that a lock is lost, which ends the run: to give the others back may take a while. */
  onLockLost?(error: LockstepError): void;
  /** Called when a keeper without a lock (`-y`, `-t`) is gone: its node is lost, and the run goes on. */
  onNodeLost(keeper: HeldKeeper, reason: string): void;
}

export class RunLeases {
  /** Aborts with a LockstepError: a lost lock, or the interrupt. */
  readonly signal: AbortSignal;
  /** The keepers that no longer answer. They end by themselves. */
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
    if (keeper.settings.record.kind !== 'none') {
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
  // `onLockLost` has already told the whole sentence.
  const brief = { text: 'lost its lock, which ended the run', causes: [] };
  const lease = durationText(keeper.settings.leaseMs);
  const hint = `the node frees its lock by itself when it has heard nothing for ${lease}, and has ended what runs there`;
  return new LockstepError('lock-lost', text, { node: keeper.node, brief, hint });
}
