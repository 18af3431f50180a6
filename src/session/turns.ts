/**
 * The channels of one connection, of which its server allows only a few (MaxSessions in sshd_config). When none is left
 * a command waits for its turn, in order. Only the server knows how many it allows: this asks until it refuses, and
 * again whenever a channel has ended.
 */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { isOutOfChannels } from '../ssh/spare.ts';
import type { Channel, ChannelSinks, Connection } from '../ssh/transport.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  /** A command waits: a call with an idle channel should let it go. */
  onScarce(): void;
}

/** A call that wants a channel. It must not wait for channels that it holds itself. */
export interface Wish {
  /** The call that wants it. */
  readonly owner: object;
  readonly signal: AbortSignal;
}

/** A call's place in the queue for one channel. The call opens it when its turn comes. */
export interface Ticket {
  /** Resolves when its turn comes, or with what `offer` gives instead of a channel. Rejects with the signal's reason. */
  turn(): Promise<unknown>;
  /** The server refused. If it has no channel left, `turn` waits for the next one; any other reason is thrown. */
  refused(thrown: unknown): void;
}

interface QueuePlace {
  readonly number: number;
  readonly key: string | undefined;
}

interface Waiting extends QueuePlace {
  readonly go: (offered?: unknown) => void;
}

export class Turns {
  /** The most channels open at once so far: the server has at least these. */
  mostOpen = 0;
  readonly #connection: Connection;
  readonly #options: TurnsOptions;
  /** The tickets that wait, first come first served. */
  #waiting: Waiting[] = [];
  #open = 0;
  /** Channels asked for that the server has not answered yet. */
  #asked = 0;
  /** Channels that were asked for, but for those whose work is known to have ended. */
  #unproven = 0;
  readonly #openOf = new WeakMap<object, number>();
  #lastNumber = 0;
  #isFull = false;
  #isTrying = false;
  /** A channel came free while another ticket was already trying. */
  #isDue = false;
  #cancelRetry = () => {};

  constructor(connection: Connection, options: TurnsOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get node(): Node {
    return this.#connection.node;
  }

  /** Whether all that was ever begun on a channel here has ended, by its own word. */
  get hasNoWork(): boolean {
    return this.#unproven === 0;
  }

  /** What began on one channel has said that it ended, and is gone. */
  hasEnded(): void {
    this.#unproven--;
  }

  /** The connection for the call whose turn it is: channels that it opens there count as its own. */
  connectionFor(owner: object): Connection {
    const { node, closed } = this.#connection;
    const exec = (command: string, sinks: ChannelSinks) => this.#exec(command, sinks, owner);
    return { node, closed, exec, close: () => this.#connection.close() };
  }

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether somebody lacks a channel, even while it tries again. */
  get isScarce(): boolean {
    return this.isAwaited || this.#isTrying;
  }

  /** Opens a channel as soon as the server has one. */
  async exec(command: string, sinks: ChannelSinks, wish: Wish): Promise<Channel> {
    const ticket = this.ticket(wish);
    for (;;) {
      await ticket.turn();
      try {
        return await this.#exec(command, sinks, wish.owner);
      } catch (thrown) {
        ticket.refused(thrown);
      }
    }
  }

  /** `key`: an offer under this key serves the call as well as a channel. */
  ticket({ owner, signal }: Wish, key?: string): Ticket {
    // A call that holds a channel comes first: all others may be waiting for that one.
    const number = this.#held(owner) > 0 ? 0 : ++this.#lastNumber;
    let refusals = 0;
    let hopelessRefusals = 0;
    return {
      turn: () => {
        if (refusals === 0 && !this.#isFull && !this.isAwaited) return Promise.resolve(undefined);
        return this.#wait({ number, key }, signal);
      },
      refused: (thrown) => {
        // No other call has a channel whose end could make room. But a server may count a channel a moment longer than lockstep.
        const isHopeless = this.#open + this.#asked === this.#held(owner);
        hopelessRefusals = isHopeless ? hopelessRefusals + 1 : 0;
        if (hopelessRefusals > LIMITS.channelRetriesMax || !isOutOfChannels(thrown)) throw thrown;
        refusals++;
        this.#isFull = true;
      },
    };
  }

  /** Whether the ticket whose turn is next takes this instead of a channel. */
  offer(key: string, thing: unknown): boolean {
    const [next] = this.#waiting;
    if (next === undefined || next.key !== key) return false;
    next.go(thing);
    return true;
  }

  /** Whether this many channels can be open at once. If nobody knows yet, it opens them to find out. */
  async has(channels: number): Promise<boolean> {
    const probes: Channel[] = [];
    const sinks = { onStdout: () => {}, onStderr: () => {} };
    try {
      while (this.mostOpen < channels && !this.#isFull)
        probes.push(await this.#exec('exec cat', sinks, this));
    } catch (thrown) {
      if (!isOutOfChannels(thrown)) throw thrown;
    }
    for (const probe of probes) probe.end();
    await Promise.all(probes.map(({ result }) => result));
    return this.mostOpen >= channels;
  }

  async #exec(command: string, sinks: ChannelSinks, owner: object): Promise<Channel> {
    this.#asked++;
    this.#unproven++;
    const opening = this.#connection.exec(command, sinks).finally(() => {
      this.#asked--;
      this.#isTrying = false;
    });
    const channel = await opening.catch((thrown) => {
      this.#unproven--;
      throw thrown;
    });
    if (this.#isDue) this.#next();
    const count = (change: number) => {
      this.#open += change;
      this.#openOf.set(owner, this.#held(owner) + change);
      this.mostOpen = Math.max(this.mostOpen, this.#open);
    };
    count(1);
    void channel.result.then(() => {
      count(-1);
      this.#next();
    });
    return channel;
  }

  #held(owner: object): number {
    return this.#openOf.get(owner) ?? 0;
  }

  #wait(place: QueuePlace, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        if (this.#waiting.length === 0) this.#cancelRetry();
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const go = (offered?: unknown) => {
        leave();
        resolve(offered);
      };
      const waiting: Waiting = { ...place, go };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      const at = this.#waiting.findIndex((each) => each.number > place.number);
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, waiting);
      this.#options.onScarce();
      this.#retryLater();
      if (this.#isDue && !this.#isTrying) this.#next();
    });
  }

  /** The next ticket tries. No other one does meanwhile, so that none comes before it. */
  #next(): void {
    this.#isDue = this.#isTrying;
    if (this.#isTrying) return;
    this.#isFull = false;
    const [next] = this.#waiting;
    this.#isTrying = next !== undefined;
    next?.go();
  }

  /** A server may count a channel a moment longer than lockstep. */
  #retryLater(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(LIMITS.channelRetryMs, () => {
      this.#next();
      if (this.#waiting.length > 0) this.#retryLater();
    });
  }
}
