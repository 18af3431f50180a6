/** Carries SSH over a channel of a jump host, or a program, instead of a socket. */
import { Duplex, type Readable, type Writable } from 'node:stream';

/** A socket is one, too. */
export interface Wire extends Duplex {
  readonly bytesRead: number;
}

export interface WireEnds {
  readonly from: Readable;
  readonly to: Writable;
  /** Why it ended, if known; otherwise the other side closed it. */
  lossReason(): string | undefined;
  /** Called when a part of it has ended; resolves once the reason should be known. */
  known(): Promise<unknown>;
  /** Resolves when nothing of it is left. */
  hangUp(): Promise<void>;
}

/** Looks like a socket to ssh2: it closes once, whichever side ends it, with the reason as its error. */
export class PipedWire extends Duplex implements Wire {
  bytesRead = 0;
  readonly #ends: WireEnds;

  constructor(ends: WireEnds) {
    super({ allowHalfOpen: false });
    this.#ends = ends;
    // A side that ended it meanwhile need not hear of it.
    this.on('error', () => {});
    ends.from.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) ends.from.pause();
    });
    ends.from.on('end', () => {
      void ends.known().then(() => (ends.lossReason() === undefined ? this.push(null) : this.lose()));
    });
    ends.to.on('error', () => this.#loseSoon());
  }

  /** The other side is gone, and whatever is under way is lost. */
  lose(): void {
    const reason = this.#ends.lossReason();
    this.destroy(reason === undefined ? undefined : new Error(reason));
  }

  #loseSoon(): void {
    void this.#ends.known().then(() => this.lose());
  }

  override _read(): void {
    this.#ends.from.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#write(chunk, done);
  }

  /** ssh2 writes a packet in several small pieces. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #write(bytes: Buffer, done: () => void): void {
    this.#ends.to.write(bytes, (error) => (error ? this.#loseSoon() : done()));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ends.to.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ends.from.resume();
    void this.#ends.hangUp().then(() => done(error));
  }
}
