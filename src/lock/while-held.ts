/**
 * The only door to work on nodes: `whileHeld` runs the work while every lease is proven, and afterwards gives all locks
 * back, whatever happened. The signal that it hands to the work aborts the moment that any lease is unproven.
 */

import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { atMost } from '../core/waiting.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { RunLeases } from './run-leases.ts';

export interface Held {
  /** Aborts with a LockstepError: a lost lock, or the interrupt passed to `whileHeld`. */
  readonly signal: AbortSignal;
  /** Throws unless every lease is proven now. Called before each step that changes something on a node. */
  check(): void;
  /** From now on a directory made for this run stays when the run ends: on all nodes, or on these. A run that fails keeps none. */
  keepMade(isKeptOn?: (node: Node) => boolean): void;
  /** From now on the nodes may need time to finish, however the run ends. */
  beginCommit(): void;
}

export interface HoldOptions {
  /** Already watches over the keepers. */
  readonly leases: RunLeases;
  readonly clock: Clock;
  /** The user's interrupt. */
  readonly interrupt: AbortSignal;
  /** Called for a keeper that has not said that it ended its work, though told to. Its leash will end that work. */
  onStuck?(keeper: HeldKeeper): void;
  /** Hears what a command left in the background while its lock is given back. Without it, output is heard until the keeper is gone. */
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
        // The work may get an answer to an earlier question only when the run has ended.
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
  /** Workers may still run: the keepers end them first. `lost`: keepers that no longer answer, and end by themselves. */
  | { readonly kind: 'broken'; readonly lost: ReadonlySet<HeldKeeper>; readonly isCommitBegun: boolean };

/** Gives the locks back; resolves when each keeper is gone, or its time is over. */
export async function releaseAll(
  keepers: readonly HeldKeeper[],
  way: ReleaseWay,
  { clock, onStuck, hearLate }: Pick<HoldOptions, 'clock' | 'onStuck' | 'hearLate'>,
): Promise<void> {
  const grace = new Grace(clock);
  // The keepers have their RELEASE by then: a signal ends only the wait for late output.
  const hurried = way.kind === 'whole' ? grace.behind(way.interrupt) : undefined;
  await Promise.all(
    keepers.map(async (keeper) => {
      if (way.kind === 'unused') keeper.giveBack();
      else if (way.kind === 'whole') keeper.release(way.isMadeKept(keeper.node));
      else keeper.stop();
      // A node that hangs must not hold the controller for ever: its keeper's leash works by itself.
      // Background output is heard until it ends, unless the run ended badly, or is being ended now.
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

/** The time that a keeper has to close by itself. Once all are gone nobody waits for it, and nothing of it is left. */
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
