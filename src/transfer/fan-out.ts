/**
 * Sends one archive to many nodes, each at its own pace. The newest part is kept in a ring in memory. When a part leaves the
 * ring while a slower node still needs it, it goes to a spool file, and that node reads on from there.
 * Invariant: each byte at or behind the cursor of a sink that still receives is in the ring or in the spool.
 */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { Change } from './change.ts';
import { Overflow, type SpoolFactory } from './overflow.ts';
import { Patience } from './patience.ts';
import { Ring, type RingChunk } from './ring.ts';

/** The stdin of one node's receiver. */
export interface Sink {
  /** Resolves when the sink takes more, or has ended. Never rejects. The sink must not modify the bytes: all nodes share them. */
  write(bytes: Buffer): Promise<void>;
  /** No more bytes come. Called only after the whole archive. */
  end(): void;
  /** Settles when the sink takes no more bytes, for whatever reason; the sink is dropped then. */
  readonly ended: Promise<unknown>;
}

export interface FanOutOptions {
  /** Ends everything at once; the call rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly spool: SpoolFactory;
  /** Called once, when the spool cannot be written: from then on all nodes go at the pace of the slowest. */
  onSpoolFailed(why: unknown): void;
  /** Measures how long the fast nodes wait for slower ones, before these must read on from the spool. */
  readonly clock: Clock;
  /** So many archives are sent at the same time, and share the memory of one; left out: 1. */
  readonly share?: number;
}

export interface FanOutResult {
  /** Size of the archive, as far as it was produced. */
  readonly archiveBytes: number;
  /** For each sink, whether it was given the whole archive. Whether the node has staged it, only its receiver can tell. */
  readonly delivered: readonly boolean[];
  readonly ringBytesPeak: number;
  readonly spooledBytes: number;
}

/**
 * Resolves when every sink has got the whole archive or has ended. Rejects with the archive's error; then `end` is called on no
 * sink that lacks bytes, so that no node takes a cut archive for a whole one.
 */
export async function fanOut(
  archive: AsyncIterable<Buffer>,
  sinks: readonly Sink[],
  options: FanOutOptions,
): Promise<FanOutResult> {
  options.signal.throwIfAborted();
  const distribution = new Distribution(sinks, options);
  const onAbort = () => distribution.fail(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await distribution.run(archive);
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    distribution.stop();
  }
}

/** One sink and its place in the archive. */
interface Receiver {
  readonly sink: Sink;
  /** Archive offset of the next byte that it needs. */
  offset: number;
  state: 'receiving' | 'delivered' | 'gone';
  /** The others have waited for it once, in vain. They do so again only after it has caught up. */
  isSlow: boolean;
}

class Distribution {
  readonly #receivers: readonly Receiver[];
  readonly #patience: Patience;
  readonly #ring: Ring;
  readonly #overflow: Overflow;
  /** The archive grew or ended, or a receiver that waits for more must look at its own state. */
  readonly #grown = new Change();
  /** A receiver moved on or left. */
  readonly #advanced = new Change();
  #isComplete = false;
  #isStopped = false;
  #finish: () => void = () => {};
  /** Ends the run with an error; the first one counts. */
  fail: (reason: unknown) => void = () => {};

  constructor(sinks: readonly Sink[], options: FanOutOptions) {
    this.#patience = new Patience(options.clock);
    const { share = 1 } = options;
    this.#ring = new Ring(LIMITS.archiveRingBytes / share);
    this.#overflow = new Overflow(options, sinks.length * share);
    this.#receivers = sinks.map((sink) => ({ sink, offset: 0, state: 'receiving', isSlow: false }));
  }

  async run(archive: AsyncIterable<Buffer>): Promise<FanOutResult> {
    // The run does not await the promises of sinks: one that never settles must not hold the others.
    await new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.fail = reject;
      for (const receiver of this.#receivers) this.#serve(receiver);
      this.#finishWhenServed();
      this.#produce(archive).catch(reject);
    });
    return {
      archiveBytes: this.#ring.end,
      delivered: this.#receivers.map((receiver) => receiver.state === 'delivered'),
      ringBytesPeak: this.#ring.bytesPeak,
      spooledBytes: this.#overflow.storedBytes,
    };
  }

  /** Everything that still runs ends at its next step. Safe to call twice. */
  stop(): void {
    this.#isStopped = true;
    this.#grown.notify();
    this.#advanced.notify();
    this.#overflow.close();
  }

  async #produce(archive: AsyncIterable<Buffer>): Promise<void> {
    if (!this.#isWanted()) return;
    for await (const bytes of archive) {
      await this.#makeRoomFor(bytes.length);
      if (!this.#isWanted()) return;
      this.#ring.append(bytes);
      this.#grown.notify();
    }
    this.#isComplete = true;
    this.#grown.notify();
  }

  #isWanted(): boolean {
    return !this.#isStopped && this.#isAny(() => true);
  }

  /** Waits until the fastest node has read the oldest chunk of the ring, stores that chunk for slower nodes, and drops it. */
  async #makeRoomFor(bytes: number): Promise<void> {
    while (!this.#isStopped && !this.#ring.hasRoomFor(bytes)) {
      const { oldest } = this.#ring;
      if (oldest === undefined) return;
      const isPassedByOne = () => this.#isAny(({ offset }) => offset >= oldest.end) || !this.#isWanted();
      const isNeeded = () => this.#isAny(({ offset }) => offset < oldest.end);
      await this.#until(isPassedByOne);
      if (!this.#isWanted()) return;
      await this.#waitForSlower(oldest);
      if (isNeeded() && !(await this.#overflow.store(oldest))) await this.#until(() => !isNeeded());
      if (!this.#isStopped) this.#ring.evictOldest();
    }
  }

  async #waitForSlower(oldest: RingChunk): Promise<void> {
    const isAwaited = ({ offset, isSlow }: Receiver) => !isSlow && offset < oldest.end;
    const isOver = () => !this.#isAny(isAwaited);
    // The fastest node has enough in the ring, so slower ones may catch up without anybody waiting.
    await this.#until(() => isOver() || this.#isAny(({ offset }) => offset >= this.#ring.end));
    if (isOver()) return;
    await this.#patience.waitFor(this.#until(isOver));
    for (const receiver of this.#receivers) receiver.isSlow ||= isAwaited(receiver);
  }

  #isAny(condition: (receiver: Receiver) => boolean): boolean {
    return this.#receivers.some((receiver) => receiver.state === 'receiving' && condition(receiver));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#isStopped && !condition()) await this.#advanced.wait();
  }

  #serve(receiver: Receiver): void {
    const leave = () => this.#settle(receiver, 'gone');
    receiver.sink.ended.then(leave, leave);
    this.#feed(receiver).catch((thrown) => this.fail(thrown));
  }

  async #feed(receiver: Receiver): Promise<void> {
    while (this.#isReceiving(receiver)) {
      const bytes = await this.#next(receiver);
      if (!this.#isReceiving(receiver)) return;
      if (bytes === undefined) {
        receiver.sink.end();
        this.#settle(receiver, 'delivered');
        return;
      }
      await receiver.sink.write(bytes);
      if (!this.#isReceiving(receiver)) return;
      receiver.offset += bytes.length;
      this.#advanced.notify();
    }
  }

  #isReceiving(receiver: Receiver): boolean {
    return !this.#isStopped && receiver.state === 'receiving';
  }

  /** The bytes that a receiver needs next; undefined when it has got all, or has left. */
  async #next(receiver: Receiver): Promise<Buffer | undefined> {
    while (this.#isReceiving(receiver)) {
      const { offset } = receiver;
      if (offset < this.#ring.start) return this.#overflow.read(offset, this.#ring.start);
      const bytes = this.#ring.at(offset);
      if (bytes !== undefined || this.#isComplete) return bytes;
      receiver.isSlow = false;
      await this.#grown.wait();
    }
    return undefined;
  }

  #settle(receiver: Receiver, state: 'delivered' | 'gone'): void {
    if (receiver.state !== 'receiving') return;
    receiver.state = state;
    this.#advanced.notify();
    this.#grown.notify();
    this.#finishWhenServed();
  }

  #finishWhenServed(): void {
    if (!this.#isWanted()) this.#finish();
  }
}
