/**
 * The only door to work on nodes: `whileHeld` runs the work while every lease is proven, and gives all locks back after it,
 * whatever happened. The signal that it hands to the work aborts the moment any lease is unproven.
 */

import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { atMost } from '../core/waiting.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { RunLeases } from './run-leases.ts';

export interface Held {
  /** Aborts with a LockstepError: a lost lock, or the interrupt that was given to `whileHeld`. */
  readonly signal: AbortSignal;
  /** Throws unless every lease is proven now. Called before each step that changes something on a node. */
  check(): void;
  /** From here a directory that was made for this run stays when the run ends: on all nodes, or on these; where it has failed, on none. */
  keepMade(isKeptOn?: (node: Node) => boolean): void;
  /** From here the nodes may need time to end what has begun, however the run ends. */
  beginCommit(): void;
}

export interface HoldOptions {
  /** They watch over the keepers already. */
  readonly leases: RunLeases;
  readonly clock: Clock;
  /** The user's interrupt. */
  readonly interrupt: AbortSignal;
  /** Called for a keeper that was told to end its work and has not said that it did. Its leash will end that work. */
  onStuck?(keeper: HeldKeeper): void;
  /** Hears what a command left in the background while its lock is given back. Without this it is heard until the keeper is gone. */
  hearLate?(keeper: HeldKeeper): Promise<void>;
}

export async function whileHeld<T>(
  keepers: readonly HeldKeeper[],
  options: HoldOptions,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const { leases } = options;
  const { signal, lost } = leases;
  let isMadeKept = (_node: Node) => false;
  let isCommitBegun = false;
  let isWhole = false;
  let isOver = false;
  try {
    const held: Held = {
      signal,
      check: () => {
        // The work may have asked in time for something that it gets when the run has ended.
        if (isOver) throw new LockstepError('interrupted', 'the run is over');
        leases.check();
      },
      keepMade: (isKeptOn = () => true) => {
        isMadeKept = isKeptOn;
      },
      beginCommit: () => {
        isCommitBegun = true;
      },
    };
    held.check();
    const result = await work(held);
    leases.check();
    isWhole = true;
    return result;
  } finally {
    isOver = true;
    leases.stop();
    await releaseAll(
      keepers,
      isWhole
        ? { kind: 'whole', isMadeKept, interrupt: options.interrupt }
        : { kind: 'broken', lost, isCommitBegun },
      options,
    );
  }
}

export type ReleaseWay =
  /** The run did nothing with these locks, since another node refused its own. */
  | { readonly kind: 'unused' }
  | { readonly kind: 'whole'; isMadeKept(node: Node): boolean; readonly interrupt: AbortSignal }
  /** Workers may still run: the keepers end them first. `lost`: keepers that do not answer any more, and end by themselves. */
  | { readonly kind: 'broken'; readonly lost: ReadonlySet<HeldKeeper>; readonly isCommitBegun: boolean };

/** Gives the locks back; resolves when each keeper is gone, or has had its time. */
export async function releaseAll(
  keepers: readonly HeldKeeper[],
  way: ReleaseWay,
  { clock, onStuck, hearLate }: Pick<HoldOptions, 'clock' | 'onStuck' | 'hearLate'>,
): Promise<void> {
  const grace = new Grace(clock);
  // The release was told by then: a signal ends the wait for late output, and nothing else.
  const hurried = way.kind === 'whole' ? grace.behind(way.interrupt) : undefined;
  await Promise.all(
    keepers.map(async (keeper) => {
      if (way.kind === 'unused') keeper.giveBack();
      else if (way.kind === 'whole') keeper.release(way.isMadeKept(keeper.node));
      else keeper.stop();
      // A node that hangs must not hold the controller up for ever: its keeper's leash works without us.
      // What a command has left in the background is heard until it ends, unless the run has ended badly, or is ended now.
      const over = hurried ?? keeper.released.then(() => grace.pass());
      const end = way.kind === 'whole' ? Promise.race([keeper.gone, keeper.released]) : keeper.gone;
      const inTime = atMost(end, { clock, timeoutMs: patienceMs(keeper, way) });
      const heard = inTime.then(async () => {
        if (way.kind === 'whole' && keeper.lastWords.hasReleased) await (hearLate?.(keeper) ?? keeper.gone);
      });
      await Promise.race([heard, over]);
      if (!keeper.lastWords.hasReleased && way.kind === 'broken') onStuck?.(keeper);
      keeper.close();
    }),
  ).finally(() => grace.stop());
}

/** The moment that a keeper has to close by itself. When all are gone nobody waits for it, and nothing of it is left. */
class Grace {
  readonly #clock: Clock;
  #isOver = false;
  readonly #stops: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pass(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#isOver) this.#stops.push(this.#clock.after(LIMITS.closeGraceMs, resolve));
    });
  }

  async behind(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const hear = () => resolve();
      signal.addEventListener('abort', hear, { once: true });
      this.#stops.push(() => signal.removeEventListener('abort', hear));
    });
    await this.pass();
  }

  stop(): void {
    this.#isOver = true;
    for (const stop of this.#stops) stop();
  }
}

function patienceMs(keeper: HeldKeeper, way: ReleaseWay): number {
  if (way.kind === 'broken' && way.lost.has(keeper)) return LIMITS.closeGraceMs;
  const commitMs = way.kind === 'broken' && way.isCommitBegun ? LIMITS.commitTimeoutMs : 0;
  return LIMITS.releaseTimeoutMs + keeper.settings.killGraceMs + commitMs;
}
