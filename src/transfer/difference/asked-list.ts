/** The list of paths about which nodes are asked, in the form in which it is sent to them. Pure. */
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { AskedPaths } from './ordered-answers.ts';

/** Each path has a NUL behind it. A list that is short enough is kept for all nodes; a longer one is made again for each. */
export class AskedList implements AskedPaths {
  readonly length: number;
  readonly pathAt: (at: number) => string;
  readonly #itemAt: (at: number) => string;
  #blocks: readonly Buffer[] | undefined;

  /** `itemAt`: what is sent in place of the path alone. */
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

/** A list of paths that are UTF-16 here: it holds their UTF-8 bytes as Latin-1, as the readers of answers do. */
export function askedList(length: number, pathAt: (at: number) => string): AskedList {
  return new AskedList({ length, pathAt: (at) => Buffer.from(pathAt(at)).toString('latin1') });
}
