/** Reads what `find -print0 -type d -print0` prints on a node, and what `cat` prints of files whose sizes are known. Pure. */
import { LIMITS } from '../../core/limits/limits.ts';

/** Calls `onPath` for each path that `find` prints. It prints a directory twice. Paths are bytes as Latin-1. */
export class ListReader {
  readonly #onPath: (path: string, isDirectory: boolean) => void;
  #text = '';
  #left: number;
  #last: string | undefined;

  /** `directories`: how many `find` was started on. Each has `/.` behind it, by which its own line is known, and is not told. */
  constructor(directories: number, onPath: (path: string, isDirectory: boolean) => void) {
    this.#left = directories;
    this.#onPath = onPath;
  }

  /** Throws an Error where the bytes cannot be such a list. */
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

  /** Returns what stands behind the last path: nothing, or words of another program. */
  end(): string {
    this.#pass(false);
    this.#last = undefined;
    return this.#text;
  }

  /** What the list lacks; undefined where it is complete. */
  get missing(): string | undefined {
    return this.#left === 0 ? undefined : 'a directory';
  }

  #pass(isDirectory: boolean): void {
    if (this.#last === undefined) return;
    if (this.#last.endsWith('/.')) this.#left--;
    else this.#onPath(this.#last, isDirectory);
  }
}

/**
 * The contents of files, one after the other: `sizes` says where each ends. A file may have another size by now; its bytes have
 * another sum then, which the caller checks.
 */
export class ContentsReader {
  readonly #sizes: readonly number[];
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  /** Throws an Error for more bytes than were asked for. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#wanted + LIMITS.replyLineBytesMax) throw new Error('more than was asked for');
  }

  /** Returns what stands behind the last file: nothing, or words of another program. */
  end(): string {
    return Buffer.concat(this.#chunks).subarray(this.#wanted).toString('latin1');
  }

  /** What the answer lacks; undefined where it is complete. */
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
