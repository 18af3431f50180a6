/** The paths that nodes are asked about, as they are sent. Pure. */
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { AskedPaths } from './ordered-answers.ts';

/** Each has a NUL behind it. A list that is not too long is made once for all nodes. */
export class AskedList implements AskedPaths {
  readonly length: number;
  readonly pathAt: (at: number) => string;
  readonly #itemAt: (at: number) => string;
  #blocks: readonly Buffer[] | undefined;

  /** `itemAt`: what is sent, where that is more than the path. */
  constructor({ length, pathAt }: AskedPaths, itemAt = pathAt) {
    this.length = length;
    this.pathAt = pathAt;
    this.#itemAt = itemAt;
  }

  blocks(): Iterable<Buffer> {
    if (this.length > LOOK_LIMITS.keptPathsMax) return this.#make();
    this.#blocks ??= [...this.#make()];
    return this.#blocks;
  }

  *#make(): Generator<Buffer> {
    let block = '';
    for (let at = 0; at < this.length; at++) {
      block += `${this.#itemAt(at)}\0`;
      if (block.length < LOOK_LIMITS.blockChars) continue;
      yield Buffer.from(block, 'latin1');
      block = '';
    }
    if (block !== '') yield Buffer.from(block, 'latin1');
  }
}

/** As their bytes, of which a reader has one character each. */
export function askedList(length: number, pathAt: (at: number) => string): AskedList {
  return new AskedList({ length, pathAt: (at) => Buffer.from(pathAt(at)).toString('latin1') });
}
