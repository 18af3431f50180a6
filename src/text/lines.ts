/**
 * Cuts one stream of a node into whole lines without looking at single bytes, in bounded memory.
 * No byte is lost or added: all blocks together are the input.
 */
import { LIMITS } from '../core/limits/limits.ts';

const NEWLINE = 10;

export class LineSplitter {
  readonly #lineBytesMax: number;
  /** The beginning of a line whose end is still to come; a copy, so that it does not pin a whole packet. */
  #partial = Buffer.alloc(0);
  #partialBytes = 0;

  constructor(lineBytesMax: number = LIMITS.outputLineBytesMax) {
    this.#lineBytesMax = lineBytesMax;
  }

  /**
   * The lines that are complete now, as blocks that end with a newline; usually one block or none.
   * The first part of a line that is too long is a block of its own, without a newline.
   */
  push(chunk: Buffer): Buffer[] {
    const blocks: Buffer[] = [];
    for (let start = 0; start < chunk.length; start += this.#lineBytesMax) {
      this.#take(chunk.subarray(start, start + this.#lineBytesMax), blocks);
    }
    return blocks;
  }

  /** The rest at the end: a line without its newline. */
  end(): Buffer | undefined {
    return this.#partialBytes === 0 ? undefined : this.#takePartial();
  }

  /** `chunk` is no longer than a line may be, so only the line begun before it can be too long. */
  #take(chunk: Buffer, blocks: Buffer[]): void {
    const lineEnd = chunk.indexOf(NEWLINE);
    const lineBytes = lineEnd === -1 ? chunk.length : lineEnd;
    let rest = chunk;
    if (lineEnd === -1 || this.#partialBytes + lineBytes > this.#lineBytesMax) {
      this.#keep(chunk.subarray(0, lineBytes));
      this.#cutTooLong(blocks);
      rest = chunk.subarray(lineBytes);
    }
    if (rest.length === 0) return;
    const wholeBytes = rest.lastIndexOf(NEWLINE) + 1;
    const whole = rest.subarray(0, wholeBytes);
    blocks.push(this.#partialBytes === 0 ? whole : Buffer.concat([this.#takePartial(), whole]));
    this.#keep(rest.subarray(wholeBytes));
  }

  #keep(bytes: Buffer): void {
    const needed = this.#partialBytes + bytes.length;
    if (needed > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#partial.length));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = needed;
  }

  #cutTooLong(blocks: Buffer[]): void {
    while (this.#partialBytes > this.#lineBytesMax) {
      const rest = this.#takePartial();
      const cut = characterStart(rest, this.#lineBytesMax);
      blocks.push(rest.subarray(0, cut));
      this.#keep(rest.subarray(cut));
    }
  }

  #takePartial(): Buffer {
    const taken = this.#partial.subarray(0, this.#partialBytes);
    this.#partial = Buffer.alloc(0);
    this.#partialBytes = 0;
    return taken;
  }
}

/** The last place at or before `at` that does not split a UTF-8 character; `at` if the bytes are not UTF-8. */
function characterStart(bytes: Buffer, at: number): number {
  for (let start = at; start > 0 && at - start < 4; start--) {
    if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  }
  return at;
}
