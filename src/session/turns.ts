/**
 * The channels of one connection, of which its server may have only so many (MaxSessions in sshd_config): who comes when
 * there is none left waits for his turn, in order. How many there are is learned from the server, which is asked until it
 * refuses, and again whenever a channel has ended.
 */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits.ts';
import type { Node } from '../core/node.ts';
import { isOutOfChannels } from '../ssh/spare.ts';
import type { Channel, ChannelSinks, Connection } from '../ssh/transport.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  /** Somebody waits: a channel that nobody needs is to be let go. */
  onScarce(): void;
}

/** Who wants a channel: a call that holds some already must not wait for these. */
export interface Wish {
  /** The call that it is for. */
  readonly owner: object;
  readonly signal: AbortSignal;
}

/** One channel that is wanted. Whoever has a turn tries to open it. */
export interface Ticket {
  /** Resolves when it is his turn, or with what `offer` gave him instead. Rejects with the signal's reason. */
  turn(): Promise<unknown>;
  /** Whether the server only has no channel left now: then `turn` waits for the next one. Throws what else it was. */
  refused(thrown: unknown): void;
}

interface Place {
  readonly number: number;
  readonly key: string | undefined;
}

interface Waiting extends Place {
  readonly go: (offered?: unknown) => void;
}

export class Turns {
  /** So many were open at once: the server is known to have them. */
  mostOpen = 0;
  readonly #connection: Connection;
  readonly #options: TurnsOptions;
  /** In the order in which they came. */
  #waiting: Waiting[] = [];
  #open = 0;
  /** Those that the server has not answered yet. */
  #asked = 0;
  readonly #openOf = new WeakMap<object, number>();
  #lastNumber = 0;
  #isFull = false;
  #isTrying = false;
  /** A channel has come free while somebody was trying already. */
  #isDue = false;
  #cancelRetry = () => {};

  constructor(connection: Connection, options: TurnsOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get node(): Node {
    return this.#connection.node;
  }

  /** The connection for who has his turn: what he opens there is counted as his. */
  connectionFor(owner: object): Connection {
    const { node, closed } = this.#connection;
    const exec = (command: string, sinks: ChannelSinks) => this.#exec(command, sinks, owner);
    return { node, closed, exec, close: () => this.#connection.close() };
  }

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
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

  /** `key`: what is offered under this key will do as well as a channel. */
  ticket({ owner, signal }: Wish, key?: string): Ticket {
    // Who holds a channel comes first: it may be the one that all others wait for.
    const number = this.#held(owner) > 0 ? 0 : ++this.#lastNumber;
    let refusals = 0;
    let hopelessRefusals = 0;
    return {
      turn: () => {
        if (refusals === 0 && !this.#isFull && !this.isAwaited) return Promise.resolve(undefined);
        return this.#wait({ number, key }, signal);
      },
      refused: (thrown) => {
        // Nothing of others is there whose end could make room; but a server may count for a moment what we know as ended.
        const isHopeless = this.#open + this.#asked === this.#held(owner);
        hopelessRefusals = isHopeless ? hopelessRefusals + 1 : 0;
        if (hopelessRefusals > LIMITS.channelRetriesMax || !isOutOfChannels(thrown)) throw thrown;
        refusals++;
        this.#isFull = true;
      },
    };
  }

  /** Whether the one whose turn is next takes this in the place of a channel. */
  offer(key: string, thing: unknown): boolean {
    const [next] = this.#waiting;
    if (next === undefined || next.key !== key) return false;
    next.go(thing);
    return true;
  }

  /** Whether so many channels can be open at once; where that is not known, by opening them. */
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
    const channel = await this.#connection.exec(command, sinks).finally(() => {
      this.#asked--;
      this.#isTrying = false;
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

  #wait(place: Place, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
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

  /** The next one tries; nobody else does meanwhile, who could be before him then. */
  #next(): void {
    this.#isDue = this.#isTrying;
    if (this.#isTrying) return;
    this.#isFull = false;
    const [next] = this.#waiting;
    this.#isTrying = next !== undefined;
    next?.go();
  }

  /** A server may count a channel for a moment longer than we do. */
  #retryLater(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(LIMITS.channelRetryMs, () => {
      if (this.#waiting.length === 0) return;
      this.#next();
      this.#retryLater();
    });
  }
}
