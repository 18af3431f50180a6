/** SHA-256 of files while they are read for the archive: what is hashed is what is sent, and nothing is read twice. */
import { createHash, hash } from 'node:crypto';
import type { Sums } from './manifest.ts';

/** Holds the sums of files in the order in which they are read: 32 bytes each, whatever their number. */
export class FileSums implements Sums {
  readonly #digests: Buffer;
  #count = 0;

  constructor(files: number) {
    this.#digests = Buffer.alloc(files * DIGEST_BYTES);
  }

  /** The next file, whole. */
  add(contents: Buffer): void {
    this.#put(hash('sha256', contents, 'buffer'));
  }

  /** The next file, block by block: hands on what it is given. */
  async *through(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const sum = createHash('sha256');
    for await (const block of blocks) {
      sum.update(block);
      yield block;
    }
    this.#put(sum.digest());
  }

  of(file: number): string {
    if (file >= this.#count) throw new RangeError(`file ${file} was not read yet`);
    return this.#digests.toString('hex', file * DIGEST_BYTES, (file + 1) * DIGEST_BYTES);
  }

  #put(digest: Buffer): void {
    digest.copy(this.#digests, this.#count++ * DIGEST_BYTES);
  }
}

const DIGEST_BYTES = 32;
