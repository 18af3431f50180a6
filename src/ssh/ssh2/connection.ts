/** A connection by ssh2, which opens channels and knows why it ended. */
import { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Client, ClientChannel, ExecOptions } from 'ssh2';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { cut } from '../cut.ts';
import type { Channel, ChannelSinks, Connection } from '../transport.ts';
import { type ChannelLink, Ssh2Channel } from './channel.ts';
import type { Wire } from './piped-wire.ts';
import { socketErrorText } from './socket.ts';

export interface ConnectionParts extends Pick<ChannelLink, 'unreadBytesMax'> {
  readonly node: Node;
  readonly client: Client;
  readonly socket: Wire;
  readonly execTimeoutMs: number;
  /** Called when the connection has ended, to give back what it held. */
  readonly leave?: (() => Promise<void>) | undefined;
  /** Sent to the server for each command; the server takes what its AcceptEnv names. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** An authenticated connection. All who ask hear the first reason for its end. */
export class Ssh2Connection implements Connection, ChannelLink {
  readonly node: Node;
  readonly closed: Promise<string>;
  readonly unreadBytesMax: number;
  readonly #client: Client;
  readonly #socket: Wire;
  readonly #execTimeoutMs: number;
  readonly #execOptions: ExecOptions;
  readonly #channels = new Set<Ssh2Channel>();
  /** Channels in which a writer waits or a sink holds back; the others cost nothing here. */
  readonly #watched = new Set<Ssh2Channel>();
  #endReason: string | undefined;
  #destroyTimer: NodeJS.Timeout | undefined;

  /** Must run before the event loop goes on, so that it misses no event of the client. */
  constructor({ node, client, socket, execTimeoutMs, unreadBytesMax, environment, leave }: ConnectionParts) {
    this.node = node;
    this.unreadBytesMax = unreadBytesMax;
    this.#client = client;
    this.#socket = socket;
    this.#execTimeoutMs = execTimeoutMs;
    this.#execOptions = environment === undefined ? {} : { env: { ...environment } };
    client.on('error', (error) => this.#end(endReason(error)));
    socket.on('end', () => this.#end('the node closed the connection'));
    socket.on('drain', this.#progress);
    // ssh2's listener is older, so it has already handled the packets when this one runs.
    socket.on('data', this.#progress);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearTimeout(this.#destroyTimer);
        this.#endReason ??= 'the connection broke';
        const reason = this.#endReason;
        for (const channel of this.#channels) channel.connectionLost();
        if (leave === undefined) resolve(reason);
        else void leave().then(() => resolve(reason));
      });
    });
  }

  exec(command: string, sinks: ChannelSinks): Promise<Channel> {
    return new Promise((resolve, reject) => {
      if (this.#endReason !== undefined) return reject(this.#lost());
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        const text = `the server did not start a command within ${this.#execTimeoutMs / 1000} s (channel)`;
        reject(new LockstepError('channel', text, { node: this.node }));
      }, this.#execTimeoutMs);
      const done = (error: Error | undefined, stream: ClientChannel) => {
        clearTimeout(timer);
        if (error) reject(this.#refusal(error));
        else if (isLate) stream.close();
        else resolve(this.#adopt(stream, sinks));
      };
      try {
        this.#client.exec(command, this.#execOptions, done);
      } catch {
        clearTimeout(timer);
        reject(this.#lost());
      }
    });
  }

  /** The connection is of no use any more. */
  giveUp(reason: string): void {
    this.#end(reason);
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (this.#endReason === undefined) {
      this.#end('lockstep closed the connection');
      this.#client.end();
    }
    void this.#takeLeave();
    await this.closed;
  }

  /** Ends it once the kernel has all that was said: the server's own end is a round trip away, and says nothing new. */
  async #takeLeave(): Promise<void> {
    // What lies behind a jump host, or behind a command of the user's, ends with it.
    if (!(this.#socket instanceof Socket)) return;
    await finished(this.#socket, { readable: false }).catch(() => {});
    this.#socket.destroy();
  }

  isCongested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  lossReason(): string | undefined {
    return this.#endReason;
  }

  watch(channel: Ssh2Channel): void {
    this.#watched.add(channel);
  }

  unwatch(channel: Ssh2Channel): void {
    this.#watched.delete(channel);
  }

  forget(channel: Ssh2Channel): void {
    this.#channels.delete(channel);
  }

  overrun(): void {
    this.giveUp('the server sent more than its window allows');
  }

  #adopt(stream: ClientChannel, sinks: ChannelSinks): Channel {
    const channel = new Ssh2Channel(stream, sinks, this);
    this.#channels.add(channel);
    return channel;
  }

  readonly #progress = (): void => {
    for (const channel of this.#watched) channel.progress();
  };

  /** The connection is ending: cuts off what does not go politely. */
  #end(reason: string): void {
    this.#endReason ??= reason;
    this.#destroyTimer ??= setTimeout(() => this.#socket.destroy(), LIMITS.closeGraceMs);
  }

  #lost(): LockstepError {
    return new LockstepError(
      'connection-lost',
      `cannot start a command: ${this.#endReason ?? 'the connection broke'}`,
      {
        node: this.node,
      },
    );
  }

  #refusal(error: Error & { reason?: unknown }): LockstepError {
    if (this.#endReason !== undefined || this.#socket.destroyed) return this.#lost();
    const text =
      typeof error.reason === 'number'
        ? `the server refused a session: ${OPEN_FAILURES[error.reason] ?? `reason ${error.reason}`} (channel)`
        : 'the server opened a session, but refused to run a command in it (channel)';
    return new LockstepError('channel', text, { node: this.node, causes: [error] });
  }
}

/** RFC 4254, 5.1. */
const OPEN_FAILURES: Readonly<Record<number, string>> = {
  1: 'it does not allow one',
  2: 'it could not open one, as with MaxSessions',
  3: 'it does not know this type of channel',
  4: 'it is short of resources',
};

function endReason(error: Error & { level?: string }): string {
  return error.level === 'client-socket' ? socketErrorText(error) : cut(error.message);
}
