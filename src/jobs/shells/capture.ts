/** The first bytes of what a command prints, for its result. */
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
    // A copy: what is kept must not keep the buffer that it came in.
    const kept = Uint8Array.prototype.slice.call(chunk, 0, this.#left);
    this.#left -= kept.length;
    this.#chunks.push(kept);
  }

  /** Of a character that was cut nothing is kept. */
  text(): string {
    const decoder = new StringDecoder('utf8');
    const text = decoder.write(Buffer.concat(this.#chunks));
    return this.isCut ? text : text + decoder.end();
  }
}
