/** The Transport of a simulated network: what a controller of the simulation connects with. */

import { LockstepError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits/limits.ts';
import type { Node } from '../../src/core/node.ts';
import type { ChannelResult } from '../../src/core/outcome.ts';
import type { Channel, ChannelSinks, Connection, Transport } from '../../src/ssh/transport.ts';
import type { Machine } from './machine.ts';
import { type Link, Pipe } from './network.ts';
import type { SimNode } from './node.ts';
import { type Client, Server } from './server.ts';

export interface Route {
  readonly node: SimNode;
  readonly link: Link;
}

/** Hears what a controller sends. */
export type OnSent = (node: SimNode, text: string) => void;

export class SimTransport implements Transport {
  readonly machine: Machine;
  /** All that were ever made, for faults to break. */
  readonly connections: SimConnection[] = [];
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #onSent: OnSent;

  constructor(machine: Machine, routes: ReadonlyMap<string, Route>, onSent: OnSent) {
    this.machine = machine;
    this.#routes = routes;
    this.#onSent = onSent;
  }

  connect(node: Node, signal: AbortSignal): Promise<Connection> {
    const route = this.#routes.get(node.id);
    if (route === undefined) throw new Error(`no route to ${node.id}`);
    return new Promise((resolve, reject) => {
      const connection = new SimConnection(this.machine, route, this.#onSent);
      this.connections.push(connection);
      const stop = (error: LockstepError) => {
        cancel();
        signal.removeEventListener('abort', onAbort);
        connection.abandon();
        reject(error);
      };
      const onAbort = () => stop(new LockstepError('interrupted', 'connecting was interrupted', { node }));
      const cancel = this.machine.after(LIMITS.connectTimeoutMs, () =>
        stop(new LockstepError('unreachable', `${node.id} did not answer in time (connect)`, { node })),
      );
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      connection.open(() => {
        cancel();
        signal.removeEventListener('abort', onAbort);
        resolve(connection);
      });
    });
  }
}

/** Longer than any lease and any wait of a run, so that nothing is found by this that a run has to find by itself. */
const KERNEL_PATIENCE_MS = 300_000;

export class SimConnection implements Connection, Client {
  readonly node: Node;
  readonly simNode: SimNode;
  readonly closed: Promise<string>;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #machine: Machine;
  readonly #server: Server;
  readonly #onSent: OnSent;
  readonly #channels = new Map<number, SimChannel>();
  readonly #opening = new Map<
    number,
    { sinks: ChannelSinks; settle: (channel: Channel | LockstepError) => void }
  >();
  #endReason: string | undefined;
  #lastId = 0;
  #onOpen = () => {};
  #onClosed: (reason: string) => void = () => {};

  constructor(machine: Machine, { node, link }: Route, onSent: OnSent) {
    this.node = node.node;
    this.simNode = node;
    this.up = new Pipe(link, 'up', node.machine);
    this.down = new Pipe(link, 'down', machine);
    this.#machine = machine;
    this.#onSent = onSent;
    this.#server = new Server(node, (deliver) => this.down.send(() => deliver(this)));
    this.#server.onVanish = () => this.goSilent([]);
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** The handshake takes some turns. */
  open(onOpen: () => void): void {
    this.#onOpen = onOpen;
    this.#deliver(() => this.down.send(() => this.#deliver(() => this.down.send(() => this.#onOpen()))));
  }

  abandon(): void {
    this.#onOpen = () => {};
    this.#deliver(() => this.#server.disconnect());
  }

  exec(command: string, sinks: ChannelSinks): Promise<Channel> {
    return new Promise((resolve, reject) => {
      if (this.#endReason !== undefined) return reject(this.#lostError());
      const id = ++this.#lastId;
      const settle = (outcome: Channel | LockstepError) => {
        cancel();
        this.#opening.delete(id);
        if (outcome instanceof LockstepError) reject(outcome);
        else resolve(outcome);
      };
      const cancel = this.#machine.after(LIMITS.execTimeoutMs, () => {
        settle(
          new LockstepError('channel', 'the server did not start a command in time', { node: this.node }),
        );
      });
      this.#opening.set(id, { sinks, settle });
      this.#onSent(this.simNode, command);
      this.#deliver(() => this.#server.exec(id, command));
    });
  }

  async close(): Promise<void> {
    if (this.#endReason === undefined) {
      this.#endReason = 'lockstep closed the connection';
      this.#deliver(() => this.#server.disconnect());
      this.#machine.after(LIMITS.closeGraceMs, () => this.lost('lockstep closed the connection'));
    }
    await this.closed;
  }

  /** The controller's kernel closes it, when its process is gone. */
  finish(): void {
    this.#deliver(() => this.#server.disconnect());
  }

  send(text: string, handle: (server: Server) => void): void {
    if (this.#endReason !== undefined) return;
    if (text !== '') this.#onSent(this.simNode, text);
    this.#deliver(() => handle(this.#server));
  }

  /** Nothing gets through any more, and nobody is told but by the controller's kernel, whose probes are not answered: late. */
  goSilent(ways: readonly ('up' | 'down')[]): void {
    for (const way of ways) this[way].isBlackHole = true;
    this.#machine.after(KERNEL_PATIENCE_MS, () => this.lost('the connection timed out'));
  }

  breakNow(): void {
    this.down.send(() => this.lost('connection reset by peer'));
    this.#deliver(() => this.#server.kill());
  }

  // --- what the node says -----------------------------------------------------------------------------------------

  accepted(id: number): void {
    const opening = this.#opening.get(id);
    if (opening === undefined) return this.send('', (server) => server.closeSession(id));
    const channel = new SimChannel(this, id, opening.sinks);
    this.#channels.set(id, channel);
    opening.settle(channel);
  }

  refused(id: number): void {
    const text = 'the server refused a session: it could not open one, as with MaxSessions (channel)';
    this.#opening.get(id)?.settle(new LockstepError('channel', text, { node: this.node }));
  }

  output(id: number, sink: keyof ChannelSinks, chunk: Buffer): void {
    this.#channels.get(id)?.take(sink, chunk);
  }

  ended(id: number, result: ChannelResult): void {
    this.#channels.get(id)?.settle(result);
    this.#channels.delete(id);
  }

  lost(reason: string): void {
    this.#endReason ??= reason;
    for (const { settle } of [...this.#opening.values()]) settle(this.#lostError());
    for (const channel of this.#channels.values()) channel.settle({ kind: 'lost', reason: this.#endReason });
    this.#channels.clear();
    this.#onClosed(this.#endReason);
  }

  #deliver(handle: () => void): void {
    this.up.send(() => this.#server.take(handle));
  }

  #lostError(): LockstepError {
    const text = `cannot start a command: ${this.#endReason}`;
    return new LockstepError('connection-lost', text, { node: this.node });
  }
}

class SimChannel implements Channel {
  readonly result: Promise<ChannelResult>;
  readonly #connection: SimConnection;
  readonly #id: number;
  readonly #sinks: ChannelSinks;
  #isOver = false;
  #taken: Promise<unknown> = Promise.resolve();
  #resolve: (result: ChannelResult) => void = () => {};

  constructor(connection: SimConnection, id: number, sinks: ChannelSinks) {
    this.#connection = connection;
    this.#id = id;
    this.#sinks = sinks;
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (!this.#isOver) this.#connection.send(text, (server) => server.data(this.#id, text));
  }

  end(): void {
    if (!this.#isOver) this.#connection.send('', (server) => server.endInput(this.#id));
  }

  close(): void {
    if (this.#isOver) return;
    this.#connection.send('', (server) => server.closeSession(this.#id));
    this.settle({ kind: 'lost', reason: 'lockstep closed the channel' });
  }

  take(sink: keyof ChannelSinks, chunk: Buffer): void {
    if (this.#isOver) return;
    const held = this.#sinks[sink](chunk);
    if (held !== undefined) this.#taken = Promise.all([this.#taken, held]);
  }

  settle(result: ChannelResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#taken.then(() => this.#resolve(result));
  }
}
