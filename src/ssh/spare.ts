/**
 * Opens a second connection to a node whose server has no channel left on the first one (MaxSessions in its sshd_config). With
 * `MaxSessions 1` the second one carries what runs beside the keeper: commands, files, tools.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { Channel, ChannelSinks, Connection } from './transport.ts';

/** The pauses between the tries for a channel. */
const PAUSES_MS = [50, 100, 200, 400];

/** Opens one more connection to the node. Rejects as a transport does. */
export type ConnectSpare = (node: Node, signal: AbortSignal) => Promise<Connection>;

/** A node's connection, which opens one more when its server has no channel left, and never a third. */
export class SparedConnection implements Connection {
  readonly node: Node;
  readonly closed: Promise<string>;
  readonly #first: Connection;
  readonly #connect: ConnectSpare;
  readonly #pausesMs: readonly number[];
  readonly #abort = new AbortController();
  #spare: Promise<Connection> | undefined;

  constructor(first: Connection, connect: ConnectSpare, pausesMs: readonly number[] = PAUSES_MS) {
    this.node = first.node;
    this.closed = first.closed;
    this.#first = first;
    this.#connect = connect;
    this.#pausesMs = pausesMs;
  }

  get hasSpare(): boolean {
    return this.#spare !== undefined;
  }

  async exec(command: string, sinks: ChannelSinks): Promise<Channel> {
    try {
      return await this.#first.exec(command, sinks);
    } catch (thrown) {
      if (this.#abort.signal.aborted || !isOutOfChannels(thrown)) throw thrown;
      return await this.#execBeside(command, sinks, thrown);
    }
  }

  /**
   * Opens a channel on the second connection, and waits if that has none left either: a server counts a channel for a
   * moment after lockstep has seen its end, and a commit must not fail for that.
   */
  async #execBeside(command: string, sinks: ChannelSinks, refused: LockstepError): Promise<Channel> {
    for (const [tries, pauseMs] of [...this.#pausesMs, undefined].entries()) {
      const spare = await this.#openSpare().catch((error) => {
        throw spareError(refused, toLockstepError(error));
      });
      for (const connection of tries === 0 ? [spare] : [this.#first, spare]) {
        try {
          return await connection.exec(command, sinks);
        } catch (thrown) {
          if (this.#abort.signal.aborted || !isOutOfChannels(thrown)) throw thrown;
        }
      }
      if (pauseMs !== undefined) await sleep(pauseMs);
    }
    throw refused;
  }

  async close(): Promise<void> {
    this.#abort.abort(
      new LockstepError('interrupted', 'lockstep closed the connection', { node: this.node }),
    );
    const spare = this.#spare?.then((connection) => connection.close()).catch(() => {});
    await Promise.all([this.#first.close(), spare]);
  }

  /** When an open one failed, or broke, the next caller opens a new one. */
  #openSpare(): Promise<Connection> {
    if (this.#spare !== undefined) return this.#spare;
    const spare = this.#connect(this.node, this.#abort.signal);
    const forget = () => {
      if (this.#spare === spare) this.#spare = undefined;
    };
    this.#spare = spare;
    spare.then(({ closed }) => closed).then(forget, forget);
    return spare;
  }
}

/** Returns whether the connection is fine and the server only has no channel left on it. */
export function isOutOfChannels(thrown: unknown): thrown is LockstepError {
  if (!(thrown instanceof LockstepError) || thrown.code !== 'channel') return false;
  return thrown.causes.some((cause) => OUT_OF_CHANNELS.includes(reasonOf(cause)));
}

function reasonOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'reason' in cause ? cause.reason : undefined;
}

/** RFC 4254, 5.1: the server cannot open a channel (connect failed), or is short of resources. */
const OUT_OF_CHANNELS: readonly unknown[] = [2, 4];

function spareError(refused: LockstepError, { message }: LockstepError): LockstepError {
  const text = `${refused.message}; and a second connection failed: ${message}`;
  return new LockstepError('channel', text, { node: refused.node, causes: refused.causes });
}
