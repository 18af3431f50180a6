/** The bytes that a node sends, in a queue between its channel and their reader. A full queue holds the node back. */
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import { Turns } from '../pace.ts';

export class ByteSource {
  readonly #bytesMax: number;
  readonly #turns: Turns;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #taken = 0;
  #end: 'open' | 'ended' | Error = 'open';
  #wakeReader: () => void = () => {};
  #wakeWriters: (() => void)[] = [];

  /** `bytesMax`: more bytes than that are an error. `turns`: pace the reader (`--bwlimit`). */
  constructor(bytesMax: number, turns = new Turns(undefined)) {
    this.#bytesMax = bytesMax;
    this.#turns = turns;
  }

  /** How many bytes the reader has taken. */
  get takenBytes(): number {
    return this.#taken;
  }

  /** Returns a promise where the queue is full: the channel takes no more from the node until it resolves. Drops bytes after an end. */
  push(chunk: Buffer): void | Promise<void> {
    if (this.#end !== 'open' || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.#wakeReader();
    if (this.#waiting < PULL_LIMITS.waitingBytesMax) return;
    return new Promise((resolve) => this.#wakeWriters.push(resolve));
  }

  end(): void {
    if (this.#end === 'open') this.#end = 'ended';
    this.#wakeAll();
  }

  fail(error: Error): void {
    this.#end = error;
    this.#chunks = [];
    this.#waiting = 0;
    this.#turns.end();
    this.#wakeAll();
  }

  /** The next bytes: at least one, and at most so many; undefined at the end. */
  async some(bytesMax: number): Promise<Buffer | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#end instanceof Error) throw this.#end;
      if (this.#end === 'ended') return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const [first = Buffer.alloc(0)] = this.#chunks;
    const piece = first.subarray(0, Math.min(bytesMax, this.#turns.pieceBytes));
    if (piece.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(piece.length);
    this.#waiting -= piece.length;
    this.#taken += piece.length;
    if (this.#taken > this.#bytesMax) throw new Error(`it sends more than ${this.#bytesMax} bytes`);
    await this.#turns.wait(piece.length);
    if (this.#end instanceof Error) throw this.#end;
    if (this.#waiting < PULL_LIMITS.waitingBytesMax) this.#wakeAll();
    return piece;
  }

  /** The next bytes, so many. Rejects where the stream ends before them. */
  async exactly(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = bytes; missing > 0; ) {
      const piece = await this.some(missing);
      if (piece === undefined) throw new Error('what it sent was cut');
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  #wakeAll(): void {
    this.#wakeReader();
    const writers = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of writers) wake();
  }
}
