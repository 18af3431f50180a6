/**
 * One call that joined a session, as its holder serves it: its frames become channels and commands on the connections
 * that are already open. However the call ends, all that it started ends with it, and nothing else.
 */

import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { ChannelResult } from '../core/outcome.ts';
import type { ChannelSinks } from '../ssh/transport.ts';
import type { CallKeepers } from './call-keepers.ts';
import { Drain } from './drain.ts';
import { type Frame, type FrameKind, FrameReader } from './frames.ts';
import { formatError, parseRequest, type Request, type Welcome } from './messages.ts';
import type { OpenChannel } from './open-channel.ts';
import type { Seats } from './seats.ts';
import type { Turns } from './turns.ts';
import { WaitTeller } from './waits.ts';
import { Window } from './window.ts';
import { writeFrame } from './write-frame.ts';

export interface GuestContext {
  /** The nodes whose connections have ended, by their numbers, and why. */
  readonly lost: ReadonlyMap<number, string>;
  /** One for each node. */
  readonly turns: readonly Turns[];
  readonly seats: Seats;
  readonly keepers: CallKeepers;
  readonly guests: ReadonlySet<Guest>;
  readonly clock: Clock;
  /** Throws unless the session's lock is proven now. */
  check(): void;
  /** A call begins work: one that has only connected changes nothing. */
  onWork(): void;
}

export class Guest {
  readonly call: string;
  /** Resolves when the call is gone, and so is all that it had at work. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #context: GuestContext;
  readonly #waits: WaitTeller;
  readonly #channels = new Map<number, OpenChannel>();
  /** Requests that the holder serves, until they have ended. */
  readonly #served = new Set<Promise<void>>();
  /** The seat of a call that opens channels of its own. */
  #seat: Promise<() => void> | undefined;
  #isSeatAwaited = false;
  readonly #leaving = new AbortController();
  readonly #drain: Drain;

  constructor(socket: Socket, welcome: Welcome, context: GuestContext) {
    this.#socket = socket;
    this.call = welcome.call;
    this.#drain = new Drain(socket);
    this.#context = context;
    this.#waits = new WaitTeller({
      clock: context.clock,
      channels: () => [...this.#channels.values()],
      awaited: (node) => {
        if (this.#isSeatAwaited) return context.seats.lacking;
        return context.turns[node]?.isScarce === true ? [node] : [];
      },
      others: () => [...context.guests].filter((guest) => guest !== this),
      tell: (waits) => this.#send('waits', 0, JSON.stringify(waits)),
    });
    const reader = new FrameReader((frame) => this.#take(frame));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      try {
        // Before it passes anything on: this process may have been stopped, and the nodes may have freed their locks.
        context.check();
        reader.push(bytes);
      } catch (thrown) {
        this.end(toLockstepError(thrown));
      }
    });
    this.gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#leave();
        void Promise.all(this.#served).then(() => {
          this.#seat?.then((giveBack) => giveBack()).catch(() => {});
          resolve();
        });
      });
    });
    this.#send('welcome', 0, JSON.stringify(welcome));
    for (const [number, reason] of context.lost) this.tellLost(number, reason);
  }

  /** The connection to a node has ended. */
  tellLost(number: number, reason: string): void {
    this.#send('node-lost', number, reason);
  }

  /** Tells the call why the session is over, and lets it go. */
  end(error: LockstepError): void {
    if (this.#socket.writableEnded) return;
    this.#send('over', 0, formatError(error));
    this.#socket.end();
    // A call that somebody has stopped would never hang up.
    setTimeout(() => this.#socket.destroy(), LIMITS.closeGraceMs).unref();
    this.#leave();
  }

  /** Ends the call's work, and calls off what it waits for. */
  #leave(): void {
    this.#waits.stop();
    for (const number of this.#channels.keys()) this.#close(number);
    this.#leaving.abort(new LockstepError('interrupted', 'the call has left'));
  }

  #take({ kind, channel, payload }: Frame): void {
    switch (kind) {
      case 'go':
      case 'exec':
        if (this.#channels.has(channel) || this.#channels.size >= LIMITS.sessionChannelsMax) {
          throw new LockstepError('bug', `channel ${channel} is not free`);
        }
        return this.#begin(kind, channel, parseRequest(payload));
      case 'stdin':
        return this.#write(channel, payload);
      case 'end':
        return this.#channels.get(channel)?.link?.end();
      case 'close':
        return this.#close(channel);
      case 'credit':
        return this.#channels.get(channel)?.window.refill(payload.readUInt32BE(0));
      default:
        throw new LockstepError('bug', `a call that joins says no ${kind}`);
    }
  }

  #begin(kind: 'go' | 'exec', channel: number, request: Request): void {
    this.#context.onWork();
    const served = this.#serve(kind, channel, request).finally(() => this.#served.delete(served));
    this.#served.add(served);
  }

  async #serve(kind: 'go' | 'exec', channel: number, request: Request): Promise<void> {
    const closing = new AbortController();
    this.#channels.set(channel, { node: request.node, window: new Window(), link: undefined, closing });
    this.#waits.begin();
    try {
      const result = kind === 'go' ? await this.#go(channel, request) : await this.#exec(channel, request);
      this.#send('result', channel, JSON.stringify(result));
    } catch (thrown) {
      this.#send('refused', channel, formatError(toLockstepError(thrown)));
    }
    this.#channels.get(channel)?.window.abandon();
    this.#channels.delete(channel);
  }

  /** Whether the call has a channel of that node. */
  has(wanted: number): boolean {
    return [...this.#channels.values()].some(({ node, link }) => node === wanted && link !== undefined);
  }

  async #go(channel: number, { node, sudo, command }: Request): Promise<ChannelResult> {
    const { keepers } = this.#context;
    const open = this.#channel(channel);
    const { signal } = open.closing;
    const keeper = await keepers.take(node, sudo, signal).catch((thrown: unknown) => {
      if (thrown !== signal.reason) throw thrown;
    });
    if (signal.aborted || keeper === undefined) {
      if (keeper !== undefined) keepers.giveBack(node, keeper, true);
      return ENDED_BEFORE_IT_BEGAN;
    }
    open.link = { write: async () => {}, end: () => {}, close: () => keeper.stop() };
    this.#send('opened', channel, '');
    const result = await keeper.go(command, this.#sinks(channel, open.window));
    const isClean = result.kind === 'code' && result.isClean;
    // An aborted command is not over before its keeper is.
    if (signal.aborted) await keeper.over();
    else keepers.giveBack(node, keeper, isClean);
    if (!isClean && !signal.aborted) {
      open.link = { ...open.link, close: () => keeper.close() };
      this.#send('ended', channel, JSON.stringify(result));
      await keeper.gone;
    }
    return result;
  }

  async #exec(channel: number, { node, command }: Request): Promise<ChannelResult> {
    const open = this.#channel(channel);
    const turns = this.#context.turns[node];
    if (turns === undefined) throw new LockstepError('bug', `no node ${node}`);
    this.#seat ??= this.#context.seats.take(this.#leaving.signal);
    this.#isSeatAwaited = true;
    await this.#seat;
    this.#isSeatAwaited = false;
    const wish = { owner: this, signal: open.closing.signal };
    const link = await turns.exec(command, this.#sinks(channel, open.window), wish);
    open.link = link;
    void link.status?.then((status) => this.#send('ended', channel, JSON.stringify(status)));
    if (wish.signal.aborted) link.close();
    this.#send('opened', channel, '');
    return link.result;
  }

  #channel(channel: number): OpenChannel {
    const open = this.#channels.get(channel);
    if (open === undefined) throw new LockstepError('bug', `no channel ${channel}`);
    return open;
  }

  #write(channel: number, bytes: Buffer): void {
    const link = this.#channels.get(channel)?.link;
    if (link === undefined) return;
    const credit = Buffer.allocUnsafe(4);
    credit.writeUInt32BE(bytes.length);
    void link.write(bytes).then(() => this.#send('credit', channel, credit));
  }

  /** The end of file goes first: a keeper that reads it ends its workers. */
  #close(channel: number): void {
    const open = this.#channels.get(channel);
    if (open === undefined || open.closing.signal.aborted) return;
    open.closing.abort(new LockstepError('interrupted', 'the call wants no more of it'));
    open.window.abandon();
    open.link?.end();
    open.link?.close();
  }

  #sinks(channel: number, window: Window): ChannelSinks {
    const pass = (kind: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | undefined => {
      if (this.#socket.destroyed) return undefined;
      this.#send(kind, channel, chunk);
      const isTaken = window.spend(chunk.length);
      // Of many nodes each may have a chunk in the socket's queue, and no more.
      const isDrained = this.#drain.wait();
      return isDrained === undefined ? isTaken : Promise.all([isTaken, isDrained]).then(() => {});
    };
    return { onStdout: (chunk) => pass('stdout', chunk), onStderr: (chunk) => pass('stderr', chunk) };
  }

  #send(kind: FrameKind, channel: number, payload: Buffer | string): void {
    writeFrame(this.#socket, kind, channel, typeof payload === 'string' ? Buffer.from(payload) : payload);
  }
}

/** A job that the controller ends before its command has begun says that TERM ended it. */
const ENDED_BEFORE_IT_BEGAN: ChannelResult = { kind: 'code', code: 143 };
