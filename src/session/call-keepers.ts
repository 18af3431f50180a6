/**
 * The keepers that run the commands of calls, each one command at a time. A keeper whose command has left nothing behind is
 * used again: the next call then costs a node one process, and no channel, no login shell, no question. The first of them are the
 * session's own, which hold its lock all the same: where commands come one after the other there are no others.
 */
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { KeeperSettings, Refusal } from '../node/keeper/keeper-command.ts';
import type { GoResult } from '../node/keeper/running-command.ts';
import { startKeeper } from '../node/keeper/start-keeper.ts';
import { describeUnstarted } from '../node/unusable.ts';
import { type CallKeeper, LentKeeper, OwnKeeper } from './call-keeper.ts';
import type { Turns } from './turns.ts';

export interface CallKeepersOptions {
  /** Those that hold the session's lock. */
  readonly own: readonly HeldKeeper[];
  /** One of each node. */
  readonly turns: readonly Turns[];
  /** Settings for one more keeper, each with a run id of its own below the session's. */
  settings(sudo: boolean): KeeperSettings;
  readonly clock: Clock;
}

export class CallKeepers {
  readonly #options: CallKeepersOptions;
  /** The keepers that wait for a command. */
  readonly #idle = new Map<string, HeldKeeper[]>();
  readonly #idleOwn = new Map<string, HeldKeeper>();
  /** All keepers, also those that run a command. */
  readonly #keepers = new Set<HeldKeeper>();
  readonly #own: ReadonlySet<HeldKeeper>;
  #isAloneTold = false;

  constructor(options: CallKeepersOptions) {
    this.#options = options;
    this.#own = new Set(options.own);
    for (const keeper of options.own) {
      this.#add(keeper);
      this.#idleOwn.set(keyOf(keeper), keeper);
    }
  }

  /**
   * A keeper for one command; where the server has no channel for one more, as soon as one comes free.
   * Rejects with a LockstepError when the node does not start one, and with the signal's reason.
   */
  async take(node: number, sudo: boolean, signal: AbortSignal): Promise<CallKeeper> {
    const turns = this.#options.turns[node];
    if (turns === undefined) throw new LockstepError('bug', `the session has no node ${node}`);
    const key = keyFor(turns.node.id, sudo);
    const own = this.#idleOwn.get(key);
    if (own !== undefined && turns.isIdle && this.#keepers.has(own)) return this.#lend(own, turns);
    const idle = this.#idle.get(key);
    for (let next = idle?.pop(); next !== undefined; next = idle?.pop()) {
      // A keeper that has ended meanwhile is of no use.
      if (this.#keepers.has(next)) return this.#lend(next, turns);
    }
    const ticket = turns.ticket({ owner: {}, signal }, key);
    for (;;) {
      const offered = await ticket.turn();
      if (offered !== undefined) return this.#lend(offered as HeldKeeper, turns);
      try {
        return this.#lend(await this.#start(turns, sudo), turns);
      } catch (thrown) {
        ticket.refused(thrown);
      }
    }
  }

  /** A call gives its keeper back. `result`: how its command has ended, where one has begun. */
  giveBack(node: number, lent: CallKeeper, result?: GoResult): void {
    const { keeper, isSpent } = lent;
    if (isSpent || !this.#keepers.has(keeper)) return;
    const turns = this.#options.turns[node];
    const key = keyOf(keeper);
    const isReusable = result === undefined || (result.kind === 'code' && result.isClean);
    const isOwn = this.#own.has(keeper);
    // It cannot be let go: once nothing has its output it is used again.
    if (isOwn && !isReusable) return void keeper.quiet().then(() => this.giveBack(node, lent));
    if (isReusable && (!isOwn || turns?.isIdle) && turns?.offer(key, keeper)) return;
    if (isOwn) return void this.#idleOwn.set(key, keeper);
    if (isReusable && !turns?.isAwaited) return this.#push(key, keeper);
    // What its command has left behind may hold its channel open.
    this.#keepers.delete(keeper);
    keeper.release(false);
  }

  /** Whether the session's own keeper has a command. */
  isOwnLent(node: number): boolean {
    const own = this.#options.own[node];
    return own !== undefined && this.#idleOwn.get(keyOf(own)) !== own;
  }

  /**
   * A session's keeper whose command takes longer than a beat answers by a channel of its own, without which the lock would be lost. So
   * that one is opened before any other beside it; and a command goes to that keeper only where no other channel is open.
   */
  async makeRoom(node: number): Promise<void> {
    if (this.isOwnLent(node)) await this.#options.own[node]?.answerBeside();
  }

  /** Lets one keeper go that waits for a command, since another call needs its channel. */
  letGo(nodeId: string): void {
    const idle = [keyFor(nodeId, false), keyFor(nodeId, true)].map((key) => this.#idle.get(key));
    idle
      .find((keepers) => keepers !== undefined && keepers.length > 0)
      ?.shift()
      ?.release(false);
  }

  /** Ends the keepers that were started for calls, and the commands that still run in them; resolves when they are gone. */
  async close(): Promise<void> {
    const lent = [...this.#keepers].filter((keeper) => !this.#own.has(keeper));
    await Promise.all(
      lent.map((keeper) => {
        if (keeper.isCommandRunning) keeper.stop();
        else keeper.release(false);
        return keeper.over();
      }),
    );
  }

  /** No call is left, and none can come: who has had no channel on a node has left nothing that its keeper should look for. */
  tellAlone(): void {
    if (this.#isAloneTold) return;
    this.#isAloneTold = true;
    for (const [number, keeper] of this.#options.own.entries())
      if (this.#options.turns[number]?.mostOpen === 0) keeper.announceAlone();
  }

  async #start(turns: Turns, sudo: boolean): Promise<HeldKeeper> {
    const connection = turns.connectionFor({});
    const settings = this.#options.settings(sudo);
    const start = await startKeeper(connection, settings, this.#options.clock);
    if (start.kind !== 'acquired') {
      throw startError(connection.node, start, settings);
    }
    const { keeper } = start;
    this.#add(keeper);
    void keeper.gone.then(() => keeper.close());
    return keeper;
  }

  #add(keeper: HeldKeeper): void {
    this.#keepers.add(keeper);
    void keeper.gone.then(() => this.#keepers.delete(keeper));
  }

  #lend(keeper: HeldKeeper, turns: Turns): CallKeeper {
    if (!this.#own.has(keeper)) return new LentKeeper(keeper);
    this.#idleOwn.delete(keyOf(keeper));
    return new OwnKeeper(keeper, { connection: turns.connectionFor({}), clock: this.#options.clock });
  }

  #push(key: string, keeper: HeldKeeper): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [keeper]);
    else idle.push(keeper);
  }
}

function keyOf({ node, settings }: HeldKeeper): string {
  return keyFor(node.id, settings.become !== undefined);
}

function keyFor(nodeId: string, sudo: boolean): string {
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
