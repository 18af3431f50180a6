/** A call's side of a session: the socket to its holder, and the channels over it. It never connects to a node. */

import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { withTimeout } from '../core/waiting.ts';
import { Drain } from './drain.ts';
import { type Frame, type FrameKind, FrameReader } from './frames.ts';
import { parseError, parseWelcome, type Waits, type Welcome } from './messages.ts';
import { checkAddress } from './socket-directory.ts';
import { writeFrame } from './write-frame.ts';

/** Takes the frames of one channel; the last one is `result` or `refused`. */
export type OnFrame = (frame: Frame) => void;

export interface SessionLink {
  readonly welcome: Welcome;
  /** Aborts with a LockstepError when the session is over, or its lock is lost. */
  readonly over: AbortSignal;
  /** Returns the number of a new channel; its frames go to `onFrame` until `forget`. */
  open(onFrame: OnFrame): number;
  forget(channel: number): void;
  send(kind: FrameKind, channel: number, payload?: Uint8Array): void;
  /** Resolves when the socket takes more. */
  drained(): Promise<void> | undefined;
  /** Called when the connection to a node, or the session, has ended; at once if it already has. The returned function lets go. */
  onNodeLost(node: number, listener: (reason: string) => void): () => void;
  /** Called, once at most for each node, when commands wait there for those of other calls to end. */
  onWaits: (waits: Waits) => void;
  close(): void;
}

/** `socketPath`: the value of LOCKSTEP_SESSION. Rejects with `session-gone` or `usage`, and never connects elsewhere. */
export async function joinSession(socketPath: string, clock: Clock): Promise<SessionLink> {
  checkAddress(socketPath);
  const socket = createConnection(socketPath);
  const link = new Link(socket);
  const gone = () =>
    new LockstepError('session-gone', 'the holder of the session does not answer', { hint: DEAF_HINT });
  try {
    await withTimeout(link.welcomed, { clock, timeoutMs: LIMITS.sessionAnswerTimeoutMs }, gone);
    return link;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

class Link implements SessionLink {
  onWaits: (waits: Waits) => void = () => {};
  readonly welcomed: Promise<void>;
  readonly over: AbortSignal;
  readonly #over = new AbortController();
  readonly #socket: Socket;
  readonly #drain: Drain;
  readonly #channels = new Map<number, OnFrame>();
  readonly #lostNodes = new Map<number, string>();
  readonly #nodeListeners = new Map<number, Set<(reason: string) => void>>();
  #welcome: Welcome | undefined;
  #resolveWelcome: () => void = () => {};
  #lastChannel = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#drain = new Drain(socket);
    this.over = this.#over.signal;
    const reader = new FrameReader((frame) => this.#take(frame));
    socket.on('data', (bytes: Buffer) => {
      try {
        reader.push(bytes);
      } catch (thrown) {
        this.#end(foreignError(thrown));
      }
    });
    socket.on('error', () => {});
    socket.once('close', () => this.#end(new LockstepError('session-gone', GONE)));
    this.welcomed = new Promise((resolve, reject) => {
      this.#resolveWelcome = resolve;
      this.over.addEventListener('abort', () => reject(this.over.reason), { once: true });
    });
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new LockstepError('bug', 'the session has not answered yet');
    return this.#welcome;
  }

  open(onFrame: OnFrame): number {
    this.#lastChannel += 1;
    this.#channels.set(this.#lastChannel, onFrame);
    return this.#lastChannel;
  }

  forget(channel: number): void {
    this.#channels.delete(channel);
  }

  send(kind: FrameKind, channel: number, payload: Uint8Array = NOTHING): void {
    writeFrame(this.#socket, kind, channel, payload);
  }

  drained(): Promise<void> | undefined {
    return this.#drain.wait();
  }

  onNodeLost(node: number, listener: (reason: string) => void): () => void {
    const reason = this.over.aborted ? toLockstepError(this.over.reason).message : this.#lostNodes.get(node);
    if (reason !== undefined) {
      listener(reason);
      return () => {};
    }
    const listeners = this.#nodeListeners.get(node) ?? new Set();
    this.#nodeListeners.set(node, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  close(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case 'welcome':
        this.#welcome = parseWelcome(frame.payload);
        return this.#resolveWelcome();
      case 'over':
        return this.#end(parseError(frame.payload));
      case 'node-lost':
        this.#lostNodes.set(frame.channel, frame.payload.toString());
        return this.#tellLost(frame.channel, frame.payload.toString());
      case 'waits':
        return this.onWaits(JSON.parse(frame.payload.toString()) as Waits);
      default:
        return this.#channels.get(frame.channel)?.(frame);
    }
  }

  /** The first reason counts. */
  #end(error: LockstepError): void {
    if (this.over.aborted) return;
    this.#over.abort(error);
    this.#socket.destroy();
    for (const node of [...this.#nodeListeners.keys()]) this.#tellLost(node, error.message);
  }

  #tellLost(node: number, reason: string): void {
    const listeners = this.#nodeListeners.get(node) ?? [];
    this.#nodeListeners.delete(node);
    for (const listener of listeners) listener(reason);
  }
}

/** Frames that do not parse come from another program: no lockstep listens at this socket. */
function foreignError(thrown: unknown): LockstepError {
  const error = toLockstepError(thrown);
  if (error.code !== 'bug') return error;
  return new LockstepError(
    'session-gone',
    'what answers at LOCKSTEP_SESSION does not speak as a session does',
    {
      causes: [thrown instanceof LockstepError ? thrown.message : 'its answer cannot be read'],
      hint: 'it is set by -L PROGRAM; unset it, or open a new session with -L',
    },
  );
}

const GONE = 'the session is gone: its holder has ended, or has too many calls in it at once';
const DEAF_HINT = 'is it stopped? Its lock is held until its nodes miss it';
const NOTHING = new Uint8Array(0);
