/** Sums of files, made while the archive reads them: what is hashed is what is sent, and nothing is read twice. */
import { createHash, hash } from 'node:crypto';
import { Cksum } from './cksum.ts';
import type { Sums } from './manifest.ts';

/** The sums of files in the order in which they are read: 32 or 36 bytes each, since there may be a million. */
export class FileSums implements Sums {
  readonly #digests: Buffer;
  readonly #cksums: Uint32Array | undefined;
  #count = 0;

  /** `withCksum`: the sum of POSIX `cksum` too, for nodes that have no program for SHA-256. */
  constructor(files: number, withCksum: boolean) {
    this.#digests = Buffer.alloc(files * DIGEST_BYTES);
    if (withCksum) this.#cksums = new Uint32Array(files);
  }

  /** Adds the next file, whole. */
  add(contents: Buffer): void {
    const cksum = this.#cksums && new Cksum();
    cksum?.update(contents);
    this.#put(hash('sha256', contents, 'buffer'), cksum);
  }

  /** Adds the next file, block by block, and yields the blocks as they are. */
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

  /** As `ManifestEntry` has it. `file`: its number in the order of reading. */
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
