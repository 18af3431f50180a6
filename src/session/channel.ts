/** A call's channel on a node, which the holder opens on its own connection. It keeps the rules of `Channel`. */

import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { ChannelResult } from '../core/outcome.ts';
import type { Channel, ChannelSinks } from '../ssh/transport.ts';
import type { Frame } from './frames.ts';
import type { SessionLink } from './join.ts';
import { formatRequest, parseError, parseResult, type Request } from './messages.ts';
import { Window } from './window.ts';

export class SessionChannel implements Channel {
  /** Resolves when the node has started the command; rejects with a LockstepError when it has not. */
  readonly opened: Promise<void>;
  readonly result: Promise<ChannelResult>;
  /** How the command itself ended. What it left in the background may still print, until `result`. */
  readonly ended: Promise<ChannelResult>;
  readonly status: Promise<ChannelResult>;
  readonly #link: SessionLink;
  readonly #sinks: ChannelSinks;
  readonly #node: Node;
  readonly #number: number;
  readonly #window = new Window();
  #resolveOpened: () => void = () => {};
  #rejectOpened: (error: LockstepError) => void = () => {};
  #settle: (result: ChannelResult) => void = () => {};
  #settleEnded: (result: ChannelResult) => void = () => {};
  /** The channel hands chunks over in order, each when the listener has taken the one before. */
  #taken: Promise<void> | undefined;
  /** Taken by the listener, and not told the holder. */
  #untoldBytes = 0;
  #isInputOver = false;
  #isOver = false;
  #letGoOfNode: () => void = () => {};

  /** `go`: a command without stdin, in a keeper of the session. `exec`: a channel of its own. */
  constructor(link: SessionLink, kind: 'go' | 'exec', { node, request, sinks }: ChannelStart) {
    this.#link = link;
    this.#sinks = sinks;
    this.#node = node;
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    this.opened.catch(() => {});
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.status = this.ended;
    void this.result.then(this.#settleEnded);
    this.#number = link.open((frame) => this.#take(frame));
    this.#letGoOfNode = link.onNodeLost(request.node, (reason) => this.#lost(reason));
    link.send(kind, this.#number, formatRequest(request));
  }

  write(chunk: Uint8Array | string): Promise<void> {
    if (this.#isInputOver) return DONE;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#link.send('stdin', this.#number, bytes);
    const isTaken = this.#window.spend(bytes.length);
    const isDrained = this.#link.drained();
    return isTaken === undefined && isDrained === undefined
      ? DONE
      : Promise.all([isTaken, isDrained]).then(() => {});
  }

  end(): void {
    if (this.#isInputOver) return;
    this.#isInputOver = true;
    this.#link.send('end', this.#number);
  }

  close(): void {
    if (this.#isOver) return;
    this.#link.send('close', this.#number);
    this.#finish({ kind: 'lost', reason: 'lockstep closed the channel' });
  }

  /** Ends the command; `result` settles when it, and all that it started, is gone. */
  stop(): void {
    this.#link.send('close', this.#number);
  }

  #take({ kind, payload }: Frame): void {
    switch (kind) {
      case 'opened':
        return this.#resolveOpened();
      case 'stdout':
        return this.#deliver('onStdout', payload);
      case 'stderr':
        return this.#deliver('onStderr', payload);
      case 'credit':
        return this.#window.refill(payload.readUInt32BE(0));
      case 'ended': {
        const result = parseResult(payload);
        return this.#whenTaken(() => this.#settleEnded(result));
      }
      case 'result': {
        const result = parseResult(payload);
        this.#endInput();
        return this.#whenTaken(() => this.#finish(result));
      }
      case 'refused': {
        const error = parseError(payload, this.#node);
        this.#rejectOpened(error);
        return this.#finish({ kind: 'lost', reason: error.message });
      }
      default:
        throw new LockstepError('bug', `the holder of a session says no ${kind}`);
    }
  }

  #deliver(sink: keyof ChannelSinks, chunk: Buffer): void {
    if (this.#isOver) return;
    const done = () => this.#credit(chunk.length);
    if (this.#taken === undefined) {
      const held = this.#sinks[sink](chunk);
      if (held === undefined) return done();
      this.#hold(held.then(done));
    } else {
      this.#hold(this.#taken.then(() => (this.#isOver ? undefined : this.#sinks[sink](chunk))).then(done));
    }
  }

  #hold(taken: Promise<void>): void {
    const held = taken.then(() => {
      if (this.#taken === held) this.#taken = undefined;
    });
    this.#taken = held;
  }

  #whenTaken(callback: () => void): void {
    if (this.#taken === undefined) callback();
    else void this.#taken.then(callback);
  }

  /** Told when there is much of it: the few lines of most commands need no frame more. */
  #credit(bytes: number): void {
    this.#untoldBytes += bytes;
    if (this.#untoldBytes < LIMITS.sessionWindowBytes / 4 || this.#isOver) return;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(this.#untoldBytes);
    this.#untoldBytes = 0;
    this.#link.send('credit', this.#number, payload);
  }

  #lost(reason: string): void {
    this.#rejectOpened(
      new LockstepError('connection-lost', `cannot start a command: ${reason}`, { node: this.#node }),
    );
    this.#endInput();
    this.#whenTaken(() => this.#finish({ kind: 'lost', reason }));
  }

  #endInput(): void {
    this.#isInputOver = true;
    this.#window.abandon();
  }

  #finish(result: ChannelResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endInput();
    this.#link.forget(this.#number);
    this.#letGoOfNode();
    this.#settle(result);
  }
}

export interface ChannelStart {
  readonly node: Node;
  readonly request: Request;
  readonly sinks: ChannelSinks;
}

const DONE = Promise.resolve();
