/**
 * A bounded queue before one descriptor: it makes a few large writes of many small ones, one at a time, and none of
 * them blocks. A status bar may stand below the last line; the queue erases it before lines and draws it again after
 * them.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import { Gauge } from './gauge.ts';

/** Writes some of the bytes and returns how many. Must not block the event loop. */
export type WriteSome = (
  bytes: Buffer,
  done: (error: NodeJS.ErrnoException | null, writtenBytes: number) => void,
) => void;

interface Queued {
  readonly chunk: Buffer;
  /** Counts waiting bytes for the node that they came from. */
  readonly share: Gauge | undefined;
}

/** Everything below the lines: a terminal that became narrower may have broken the bar into several. */
const ERASE_BAR = '\r\x1b[J';
/** A full pipe with a quick reader has room again at once; only after this many tries does waiting make sense. */
const QUICK_RETRIES = 8;

export class WriteQueue {
  readonly #writeSome: WriteSome;
  readonly #onBroken: (error: Error) => void;
  readonly #all = new Gauge(LIMITS.outputQueueBytesMax);
  #queue: Queued[] = [];
  /** The parts of the write under way. */
  #batch: Queued[] = [];
  #bar = '';
  #drawnBar = '';
  #isWriting = false;
  #isBroken = false;
  #retries = 0;
  #writtenBytes = 0;
  #patience: NodeJS.Timeout | undefined;
  #emptyWaiters: (() => void)[] = [];

  /** Calls `onBroken` once, when the reader is gone or the disk is full; later writes go nowhere. */
  constructor(writeSome: WriteSome, onBroken: (error: Error) => void) {
    this.#writeSome = writeSome;
    this.#onBroken = onBroken;
  }

  /**
   * A promise asks the caller to hold back until there is room: for its node (`share`) or at all.
   * With a bar, chunks must end with a newline.
   */
  write(chunk: Buffer, share?: Gauge): void | Promise<void> {
    if (this.#isBroken || chunk.length === 0) return;
    this.#queue.push({ chunk, share });
    this.#all.add(chunk.length);
    share?.add(chunk.length);
    this.#writeNext();
    return share?.whenRoom() ?? this.#all.whenRoom();
  }

  /** Shows this text below the lines; an empty one erases it. It draws only the newest text, however slow the terminal. */
  setBar(text: string): void {
    this.#bar = text;
    this.#writeNext();
  }

  /** Resolves when everything is written, or can never be. */
  whenEmpty(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#emptyWaiters.push(resolve));
  }

  /** From now on nobody waits for a reader that takes nothing for this long. */
  limitPatience(patienceMs: number): void {
    let seenBytes = this.#writtenBytes;
    this.#patience ??= setInterval(() => {
      if (this.#isWriting && this.#writtenBytes === seenBytes) this.abandon();
      seenBytes = this.#writtenBytes;
    }, patienceMs).unref();
  }

  /** Gives up what is not yet written and lets everyone go. */
  abandon(): void {
    clearInterval(this.#patience);
    this.#isBroken = true;
    this.#isWriting = false;
    this.#forget([...this.#batch.splice(0), ...this.#queue.splice(0)]);
    this.#wakeEmptyWaiters();
  }

  #writeNext(): void {
    if (this.#isWriting || this.#isBroken) return;
    const bytes = this.#takeBatch();
    this.#isWriting = bytes.length > 0;
    if (this.#isWriting) this.#send(bytes, 0);
    else this.#wakeEmptyWaiters();
  }

  /** Chunks up to the size of one write, between the erased bar and the new one. */
  #takeBatch(): Buffer {
    let count = 0;
    for (let bytes = 0; count < this.#queue.length && bytes < LIMITS.terminalWriteBytesMax; count++) {
      bytes += this.#queue[count]?.chunk.length ?? 0;
    }
    this.#batch = this.#queue.splice(0, count);
    const chunks = this.#batch.map(({ chunk }) => chunk);
    if (count === 0 && this.#bar === this.#drawnBar) return Buffer.alloc(0);
    if (this.#drawnBar !== '') chunks.unshift(Buffer.from(ERASE_BAR));
    if (this.#bar !== '') chunks.push(Buffer.from(drawBar(this.#bar)));
    this.#drawnBar = this.#bar;
    return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
  }

  #send(bytes: Buffer, sentBytes: number): void {
    this.#writeSome(sentBytes === 0 ? bytes : bytes.subarray(sentBytes), (error, writtenBytes) => {
      if (this.#isBroken) return;
      if (error?.code === 'EAGAIN') return this.#retry(bytes, sentBytes);
      if (error !== null) return this.#break(error);
      this.#retries = 0;
      this.#writtenBytes += writtenBytes;
      if (sentBytes + writtenBytes < bytes.length) return this.#send(bytes, sentBytes + writtenBytes);
      this.#isWriting = false;
      this.#forget(this.#batch);
      this.#writeNext();
    });
  }

  #retry(bytes: Buffer, sentBytes: number): void {
    const again = () => {
      if (!this.#isBroken) this.#send(bytes, sentBytes);
    };
    const slowRetries = this.#retries++ - QUICK_RETRIES;
    if (slowRetries < 0) setImmediate(again);
    else setTimeout(again, Math.min(2 ** slowRetries, LIMITS.terminalRetryMsMax));
  }

  #break(error: Error): void {
    this.abandon();
    this.#onBroken(error);
  }

  #forget(written: readonly Queued[]): void {
    for (const { chunk, share } of written) {
      this.#all.remove(chunk.length);
      share?.remove(chunk.length);
    }
  }

  #wakeEmptyWaiters(): void {
    for (const wake of this.#emptyWaiters.splice(0)) wake();
  }
}

/**
 * Without automatic wrapping no bar can take a second line, however wide its characters are there. The cursor returns
 * to its beginning, where it stays when the terminal is resized; from a bar of several lines it also goes up.
 */
function drawBar(bar: string): string {
  const lines = bar.split('\n');
  const up = lines.length > 1 ? `\x1b[${lines.length - 1}A` : '';
  return `\x1b[?7l${lines.join('\r\n')}\x1b[?7h\r${up}`;
}
