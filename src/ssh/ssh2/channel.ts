/**
 * One command on a node, over an ssh2 channel.
 * Invariants: a sink that holds back stops the node; no write waits for a channel that has ended; the result
 * comes after the last byte. ssh2 keeps none of them by itself.
 */

import type { ClientChannel } from 'ssh2';
import { LIMITS } from '../../core/limits/limits.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { withResolvers } from '../../core/waiting.ts';
import type { Channel, ChannelSinks } from '../transport.ts';
import { Unread } from './unread.ts';

/** What a channel needs of its connection. */
export interface ChannelLink {
  /** Bytes that may be under way to the node before it has read them. */
  readonly unreadBytesMax: number;
  /** The socket holds more than the network takes; ssh2 would write on regardless. */
  isCongested(): boolean;
  /** Why the connection has ended, once it has. */
  lossReason(): string | undefined;
  /** Asks for `progress` calls for as long as this channel waits for something. */
  watch(channel: Ssh2Channel): void;
  unwatch(channel: Ssh2Channel): void;
  /** This channel is over, and need not hear that the connection ended. */
  forget(channel: Ssh2Channel): void;
  /** The server ignores the window. */
  overrun(): void;
}

type Sink = (chunk: Buffer) => void | Promise<void>;

export class Ssh2Channel implements Channel {
  readonly result: Promise<ChannelResult>;
  readonly status: Promise<ChannelResult>;
  readonly #settle: (result: ChannelResult) => void;
  readonly #stream: ClientChannel;
  readonly #link: ChannelLink;
  readonly #unread: Unread;
  #status: ChannelResult | undefined;
  #writers: (() => void)[] = [];
  #isInputOver = false;
  #isDropping = false;
  #isClosed = false;
  #openOutputs = 2;
  #heldSinks = 0;

  /** Must run in the same call that brings the channel, since its data may be in the same packet. */
  constructor(stream: ClientChannel, sinks: ChannelSinks, link: ChannelLink) {
    this.#stream = stream;
    this.#link = link;
    this.#unread = new Unread(stream, link.unreadBytesMax);
    const { promise, resolve } = withResolvers<ChannelResult>();
    this.result = promise;
    this.#settle = resolve;
    // Node destroys a stream that has ended on both sides, and ssh2 then closes the channel: a command that closes its
    // outputs before it exits would lose its exit status. Only the server's own close ends the channel.
    stream.destroy = () => stream;
    this.#listen(stream, (chunk) => sinks.onStdout(chunk));
    this.#listen(stream.stderr, (chunk) => sinks.onStderr(chunk));
    this.status = new Promise((known) => {
      stream.on('exit', (code: number | null, signal?: string) => {
        this.#status ??=
          code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'code', code };
        this.#endInput();
        known(this.#status);
      });
    });
    stream.on('close', () => this.#onClosed());
  }

  write(chunk: Uint8Array | string): Promise<void> {
    if (!this.#isRemoteOpen()) this.#endInput();
    if (this.#isInputOver) return DONE;
    this.#unread.beforeWrite();
    this.#stream.write(chunk, this.#onTaken);
    if (this.#isTaking()) return DONE;
    this.#link.watch(this);
    return new Promise((resolve) => {
      this.#writers.push(resolve);
      this.#unread.afterPause(() => this.#releaseWriters());
    });
  }

  end(): void {
    if (this.#isInputOver) return;
    this.#isInputOver = true;
    this.#stream.end();
  }

  close(): void {
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#status ??= { kind: 'lost', reason: 'lockstep closed the channel' };
    this.#endInput();
    this.#stream.close();
    this.#resume();
    this.#settleWhenOver();
  }

  /** Something moved on the connection: the socket drained, or a packet came. */
  progress(): void {
    // ssh2 reports a close only after somebody has read the outputs; a writer must not wait for its own sinks.
    if (!this.#isRemoteOpen()) this.#endInput();
    this.#releaseWriters();
    if (this.#receivedBytes() > LIMITS.channelReceiveBytesMax) this.#link.overrun();
  }

  /** The connection is gone. ssh2 ends both outputs; the channel first hands over what they still hold. */
  connectionLost(): void {
    this.#endInput();
    this.#isClosed = true;
    this.#settleWhenOver();
  }

  #listen(output: NodeJS.ReadableStream, sink: Sink): void {
    setReadAhead(output, LIMITS.channelReadAheadBytes);
    // ssh2 opens the window when either output asks for more, however much the other one holds.
    const readable = output as unknown as { _read(bytes: number): void };
    const openWindow = readable._read.bind(output);
    readable._read = () => {
      if (this.#receivedBytes() <= LIMITS.channelReadAheadBytes) openWindow(0);
    };
    output.on('data', (chunk: Buffer) => {
      this.#deliver(sink, chunk);
      // Nothing else asks again for the window that it did not grant then.
      readable._read(0);
    });
    output.on('error', () => {});
    output.on('end', () => {
      this.#openOutputs -= 1;
      this.#settleWhenOver();
    });
  }

  #deliver(sink: Sink, chunk: Buffer): void {
    if (this.#isDropping) return;
    const held = callSink(sink, chunk);
    if (held === undefined) return;
    this.#heldSinks += 1;
    setReadAhead(this.#stream, 0);
    setReadAhead(this.#stream.stderr, 0);
    // Both outputs share one window: reading one would open it for the other.
    this.#stream.pause();
    this.#stream.stderr.pause();
    this.#link.watch(this);
    void held.then(() => {
      this.#heldSinks -= 1;
      this.#resume();
      this.#settleWhenOver();
    });
  }

  #resume(): void {
    if (this.#heldSinks > 0 && !this.#isDropping) return;
    setReadAhead(this.#stream, LIMITS.channelReadAheadBytes);
    setReadAhead(this.#stream.stderr, LIMITS.channelReadAheadBytes);
    this.#stream.resume();
    this.#stream.stderr.resume();
    this.#unwatchWhenIdle();
  }

  readonly #onTaken = (): void => {
    if (this.#writers.length > 0) this.#releaseWriters();
  };

  /** Bytes that have come and that the sinks have not got yet. */
  #receivedBytes(): number {
    return this.#stream.readableLength + this.#stream.stderr.readableLength;
  }

  #isTaking(): boolean {
    const isQueueShort = this.#stream.writableLength < LIMITS.channelQueueBytesMax;
    return isQueueShort && !this.#link.isCongested() && !this.#unread.isFull();
  }

  #releaseWriters(): void {
    if (this.#writers.length === 0 || !(this.#isInputOver || this.#isTaking())) return;
    const writers = this.#writers;
    this.#writers = [];
    for (const resolve of writers) resolve();
    this.#unwatchWhenIdle();
  }

  /** The command takes no more input, and ssh2 would never call back for what still waits. */
  #endInput(): void {
    this.#isInputOver = true;
    this.#releaseWriters();
  }

  #isRemoteOpen(): boolean {
    const { state } = (this.#stream as unknown as { outgoing: { state: string } }).outgoing;
    return state === 'open' || state === 'eof';
  }

  #onClosed(): void {
    this.#isClosed = true;
    this.#endInput();
    this.#settleWhenOver();
  }

  #settleWhenOver(): void {
    if (this.#heldSinks > 0) return;
    if (!this.#isDropping && !(this.#isClosed && this.#openOutputs === 0)) return;
    const reason = this.#link.lossReason() ?? 'the server closed the channel without an exit status';
    this.#settle(this.#status ?? { kind: 'lost', reason });
    this.#link.unwatch(this);
    this.#link.forget(this);
  }

  #unwatchWhenIdle(): void {
    if (this.#heldSinks === 0 && this.#writers.length === 0) this.#link.unwatch(this);
  }
}

const DONE = Promise.resolve();

/** A sink that throws is a bug; ssh2 would take the exception for an error of the connection. */
function callSink(sink: Sink, chunk: Buffer): Promise<void> | undefined {
  try {
    return sink(chunk) ?? undefined;
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}

/** ssh2 reads 2 MiB ahead of each output, on top of its window of 2 MiB; with 1,000 held nodes that counts. */
function setReadAhead(output: NodeJS.ReadableStream, bytes: number): void {
  const state = (output as unknown as { _readableState: { highWaterMark: number } })._readableState;
  state.highWaterMark = bytes;
}
