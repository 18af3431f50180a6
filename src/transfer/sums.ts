/** Sums of files while they are read for the archive: what is hashed is what is sent, and nothing is read twice. */
import { createHash, hash } from 'node:crypto';
import { Cksum } from './cksum.ts';
import type { Sums } from './manifest.ts';

/** Holds the sums of files in the order in which they are read: some 40 bytes each, whatever their number. */
export class FileSums implements Sums {
  readonly #digests: Buffer;
  readonly #cksums: Uint32Array | undefined;
  #count = 0;

  /** `withCksum`: beside SHA-256 that of POSIX `cksum`, for nodes that have nothing better. */
  constructor(files: number, withCksum: boolean) {
    this.#digests = Buffer.alloc(files * DIGEST_BYTES);
    if (withCksum) this.#cksums = new Uint32Array(files);
  }

  /** The next file, whole. */
  add(contents: Buffer): void {
    const cksum = this.#cksums && new Cksum();
    cksum?.update(contents);
    this.#put(hash('sha256', contents, 'buffer'), cksum);
  }

  /** The next file, block by block: hands on what it is given. */
  async *through(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const sum = createHash('sha256');
    const cksum = this.#cksums && new Cksum();
    for await (const block of blocks) {
      sum.update(block);
      cksum?.update(block);
      yield block;
    }
    this.#put(sum.digest(), cksum);
  }

  of(file: number): string {
    if (file >= this.#count) throw new RangeError(`file ${file} was not read yet`);
    const sha256 = this.#digests.toString('hex', file * DIGEST_BYTES, (file + 1) * DIGEST_BYTES);
    return this.#cksums === undefined ? sha256 : `${sha256}:${this.#cksums[file]}`;
  }

  #put(digest: Buffer, cksum: Cksum | undefined): void {
    digest.copy(this.#digests, this.#count * DIGEST_BYTES);
    if (this.#cksums !== undefined && cksum !== undefined) this.#cksums[this.#count] = cksum.value();
    this.#count++;
  }
}

const DIGEST_BYTES = 32;
