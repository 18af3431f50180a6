/**
 * The keepers that run the commands of calls, one at a time each. A keeper whose command left nothing behind serves the
 * next call, which then costs a node one process, and no channel, no login shell, no question.
 */
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { KeeperSettings, Refusal } from '../node/keeper/keeper-command.ts';
import { startKeeper } from '../node/keeper/start-keeper.ts';
import { describeUnstarted } from '../node/unusable.ts';
import type { Turns } from './turns.ts';

export interface CallKeepersOptions {
  /** One for each node. */
  readonly turns: readonly Turns[];
  /** Settings for one more keeper, each with a run id of its own below the session's. */
  settings(sudo: boolean): KeeperSettings;
  readonly clock: Clock;
}

export class CallKeepers {
  readonly #options: CallKeepersOptions;
  /** The keepers that wait for a command, or will as soon as they have started. */
  readonly #idle = new Map<string, Promise<HeldKeeper>[]>();
  /** All keepers, also those that run a command. */
  readonly #keepers = new Set<HeldKeeper>();

  constructor(options: CallKeepersOptions) {
    this.#options = options;
  }

  /**
   * A keeper for one command; without a channel for one more, as soon as one comes free.
   * Rejects with a LockstepError when the node does not start one, and with the signal's reason.
   */
  async take(node: number, sudo: boolean, signal: AbortSignal): Promise<HeldKeeper> {
    const turns = this.#options.turns[node];
    if (turns === undefined) throw new LockstepError('bug', `the session has no node ${node}`);
    const key = keyOf(turns.node.id, sudo);
    const idle = this.#idle.get(key);
    for (let next = idle?.pop(); next !== undefined; next = idle?.pop()) {
      const keeper = await next.catch(() => undefined);
      // A keeper that has ended meanwhile, or did not start, is of no use.
      if (keeper !== undefined && this.#keepers.has(keeper)) return keeper;
    }
    const ticket = turns.ticket({ owner: {}, signal }, key);
    for (;;) {
      const offered = await ticket.turn();
      if (offered !== undefined) return offered as HeldKeeper;
      try {
        return await this.#start(turns, sudo);
      } catch (thrown) {
        ticket.refused(thrown);
      }
    }
  }

  /** Starts one on every node, so that the first call need not wait for it. */
  prepare(sudo: boolean): void {
    for (const turns of this.#options.turns) {
      const starting = this.#start(turns, sudo);
      this.#push(keyOf(turns.node.id, sudo), starting);
      // The call that asks for a keeper reports why the node starts none.
      starting.catch(() => {});
    }
  }

  /** A call gives its keeper back. `isReusable`: its command left nothing whose output could pass for the next one's. */
  giveBack(node: number, keeper: HeldKeeper, isReusable: boolean): void {
    if (!this.#keepers.has(keeper)) return;
    const turns = this.#options.turns[node];
    const key = keyOf(keeper.node.id, keeper.settings.become !== undefined);
    if (isReusable && turns?.offer(key, keeper)) return;
    if (isReusable && !turns?.isAwaited) return this.#push(key, Promise.resolve(keeper));
    // Whatever the command left behind may hold the keeper's channel open.
    this.#keepers.delete(keeper);
    keeper.release(false);
  }

  /** Lets one idle keeper go, since another call needs its channel. */
  letGo(nodeId: string): void {
    const idle = [keyOf(nodeId, false), keyOf(nodeId, true)].map((key) => this.#idle.get(key));
    const spare = idle.find((keepers) => keepers !== undefined && keepers.length > 0)?.shift();
    if (spare === undefined) return;
    spare.then((keeper) => keeper.release(false)).catch(() => {});
  }

  /** Ends all keepers, and the commands that still run; resolves when they are gone. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#keepers].map((keeper) => {
        if (keeper.isCommandRunning) keeper.stop();
        else keeper.release(false);
        return keeper.over();
      }),
    );
  }

  async #start(turns: Turns, sudo: boolean): Promise<HeldKeeper> {
    const connection = turns.connectionFor({});
    const settings = this.#options.settings(sudo);
    const start = await startKeeper(connection, settings, this.#options.clock);
    if (start.kind !== 'acquired') {
      throw startError(connection.node, start, settings);
    }
    const { keeper } = start;
    this.#keepers.add(keeper);
    void keeper.gone.then(() => {
      this.#keepers.delete(keeper);
      if (keeper.hasEndedAll) turns.hasEnded();
      keeper.close();
    });
    return keeper;
  }

  #push(key: string, keeper: Promise<HeldKeeper>): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [keeper]);
    else idle.push(keeper);
  }
}

function keyOf(nodeId: string, sudo: boolean): string {
  return `${sudo ? 'root ' : ''}${nodeId}`;
}

function startError(node: Node, refusal: Refusal, { become }: KeeperSettings): LockstepError {
  if (refusal.kind === 'unstarted') {
    const { code, text, hint } = describeUnstarted(refusal, become);
    return new LockstepError(code, text, { node, ...(hint === undefined ? {} : { hint }) });
  }
  const reason = refusal.kind === 'error' ? refusal.reason : 'its lock is not free';
  return new LockstepError('channel', `cannot start a keeper for a call of the session: ${reason}`, { node });
}
