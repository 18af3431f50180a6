/** What `find -print0 -type d -print0` of a node lists, and what `cat` shows of files whose sizes are known. Pure. */
import { LIMITS } from '../../core/limits/limits.ts';

/** Paths below directories, each as it comes, a directory twice; their bytes as Latin-1. */
export class ListReader {
  readonly #onPath: (path: string, isDirectory: boolean) => void;
  #text = '';
  #left: number;
  #last: string | undefined;

  /** Each of so many directories was asked for with `/.` behind it, and is the first of its own list. */
  constructor(directories: number, onPath: (path: string, isDirectory: boolean) => void) {
    this.#left = directories;
    this.#onPath = onPath;
  }

  /** Throws an Error where this is no list. */
  push(chunk: Buffer): void {
    const paths = (this.#text + chunk.toString('latin1')).split('\0');
    this.#text = paths.pop() ?? '';
    if ([this.#text, ...paths].some((path) => path.length > 2 * LIMITS.pathBytesMax))
      throw new Error('a path without an end');
    for (const path of paths) {
      const isTwice = path === this.#last;
      this.#pass(isTwice);
      this.#last = isTwice ? undefined : path;
    }
  }

  end(): string {
    this.#pass(false);
    this.#last = undefined;
    return this.#text;
  }

  get missing(): string | undefined {
    return this.#left === 0 ? undefined : 'a directory';
  }

  #pass(isDirectory: boolean): void {
    if (this.#last === undefined) return;
    if (this.#last.endsWith('/.')) this.#left--;
    else this.#onPath(this.#last, isDirectory);
  }
}

/** Contents one after the other: `sizes` says where each ends. What has another size by now has another sum, too. */
export class ContentsReader {
  readonly #sizes: readonly number[];
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  /** Throws an Error where this is more than was asked for. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#wanted + LIMITS.replyLineBytesMax) throw new Error('more than was asked for');
  }

  end(): string {
    return Buffer.concat(this.#chunks).subarray(this.#wanted).toString('latin1');
  }

  get missing(): string | undefined {
    return this.#bytes < this.#wanted ? 'a file' : undefined;
  }

  contents(): Buffer[] {
    const all = Buffer.concat(this.#chunks);
    let from = 0;
    return this.#sizes.map((size) => {
      from += size;
      return all.subarray(from - size, from);
    });
  }

  get #wanted(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }
}
