/**
 * The keepers that run the commands of steps, one at a time each. One that its command has left alone is used again:
 * a step then costs a node one process, and no channel, no login shell, no question.
 */
import type { Clock } from '../clock.ts';
import { LockstepError } from '../errors.ts';
import type { Keeper } from '../node/keeper/keeper.ts';
import type { KeeperSettings } from '../node/keeper/keeper-command.ts';
import { startKeeper } from '../node/keeper/start-keeper.ts';
import type { Connection } from '../ssh/transport.ts';

export interface StepKeepersOptions {
  readonly connections: readonly Connection[];
  /** Settings for one more keeper, each with a run id of its own below the session's. */
  settings(sudo: boolean): KeeperSettings;
  readonly clock: Clock;
}

export class StepKeepers {
  readonly #options: StepKeepersOptions;
  /** Those that wait for a command, or will as soon as they have started. */
  readonly #idle = new Map<string, Promise<Keeper>[]>();
  /** All that have a command, or will have. */
  readonly #keepers = new Set<Keeper>();

  constructor(options: StepKeepersOptions) {
    this.#options = options;
  }

  /** A keeper for one command. Rejects with a LockstepError when the node does not start one. */
  async take(node: number, sudo: boolean): Promise<Keeper> {
    const connection = this.#options.connections[node];
    if (connection === undefined) throw new LockstepError('bug', `the session has no node ${node}`);
    const idle = this.#idle.get(keyOf(connection.node.id, sudo));
    for (let next = idle?.pop(); next !== undefined; next = idle?.pop()) {
      const keeper = await next;
      // One that has ended meanwhile is of no use.
      if (this.#keepers.has(keeper)) return keeper;
    }
    return this.#start(connection, sudo);
  }

  /** Starts one on every node, so that the first step need not wait for it. */
  prepare(sudo: boolean): void {
    for (const connection of this.#options.connections) {
      const starting = this.#start(connection, sudo);
      this.#push(keyOf(connection.node.id, sudo), starting);
      // Why a node starts none is told by the step that asks for it.
      starting.catch(() => {});
    }
  }

  /** After its command. `isReusable`: nothing of that is left, so that the next one cannot be taken for it. */
  giveBack(keeper: Keeper, isReusable: boolean): void {
    if (!this.#keepers.has(keeper)) return;
    if (!isReusable) {
      // Its channel lives as long as what its command has left, for which nobody waits.
      this.#keepers.delete(keeper);
      return keeper.release(false);
    }
    this.#push(keyOf(keeper.node.id, keeper.settings.sudo), Promise.resolve(keeper));
  }

  /** Ends them, and the commands that still run; resolves when they are gone. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#keepers].map((keeper) => {
        if (keeper.isCommandRunning) keeper.stop();
        else keeper.release(false);
        return keeper.gone;
      }),
    );
  }

  async #start(connection: Connection, sudo: boolean): Promise<Keeper> {
    const start = await startKeeper(connection, this.#options.settings(sudo), this.#options.clock);
    if (start.kind !== 'acquired') {
      const reason = start.kind === 'error' ? start.reason : 'its lock is not free';
      throw new LockstepError('channel', `cannot start a step's keeper: ${reason}`, {
        node: connection.node,
      });
    }
    const { keeper } = start;
    this.#keepers.add(keeper);
    void keeper.gone.then(() => {
      this.#keepers.delete(keeper);
      keeper.close();
    });
    return keeper;
  }

  #push(key: string, keeper: Promise<Keeper>): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [keeper]);
    else idle.push(keeper);
  }
}

function keyOf(nodeId: string, sudo: boolean): string {
  return `${sudo ? 'root ' : ''}${nodeId}`;
}
