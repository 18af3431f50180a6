/** Keeps the first bytes of a command's output, for its result. */
import { StringDecoder } from 'node:string_decoder';

export class Capture {
  /** There was more. */
  isCut = false;
  readonly #chunks: Uint8Array[] = [];
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  add(chunk: Uint8Array): void {
    if (chunk.length > this.#left) this.isCut = true;
    if (this.#left === 0) return;
    // A copy: a slice would keep the whole buffer in memory.
    const kept = Uint8Array.prototype.slice.call(chunk, 0, this.#left);
    this.#left -= kept.length;
    this.#chunks.push(kept);
  }

  /** Drops a character that was cut. */
  text(): string {
    const decoder = new StringDecoder('utf8');
    const text = decoder.write(Buffer.concat(this.#chunks));
    return this.isCut ? text : text + decoder.end();
  }
}
