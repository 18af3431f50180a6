/**
 * What `sha256sum`, or `openssl dgst -r`, of a node has said of files, in the order in which they were asked for: all of them, or it is
 * no answer. Pure.
 */
import { LIMITS } from '../../core/limits.ts';
import { type AskedPaths, quoted } from './seen.ts';

const SUM_CHARS = 64;
/** A mark that the name is escaped, the sum, and two characters before the name, which escaped is twice as long at most. */
const ANSWER_CHARS_MAX = 2 * LIMITS.pathBytesMax + SUM_CHARS + 4;

export class SumReader {
  readonly #asked: AskedPaths;
  readonly #onSum: (at: number, sha256: string) => void;
  #text = '';
  #next = 0;

  constructor(asked: AskedPaths, onSum: (at: number, sha256: string) => void) {
    this.#asked = asked;
    this.#onSum = onSum;
  }

  /** Throws an Error where this is no answer. */
  push(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    this.#read(ANSWER_CHARS_MAX);
    // A last line at most.
    if (this.#text.length > LIMITS.replyLineBytesMax) throw new Error('more than was asked for');
  }

  /** Nothing more comes. What stands behind the last answer. */
  end(): string {
    this.#read(1);
    return this.#text;
  }

  /** The first path that has no sum. */
  get missing(): string | undefined {
    return this.#next < this.#asked.length ? quoted(this.#asked.pathAt(this.#next)) : undefined;
  }

  #read(charsMin: number): void {
    let from = 0;
    while (this.#next < this.#asked.length && this.#text.length - from >= charsMin) {
      const name = this.#asked.pathAt(this.#next);
      const end = [name, escaped(name), escaped(name).replaceAll('\r', '\\r')]
        .map((written) => this.#endOf(from, written))
        .find((found) => found !== undefined);
      if (end === undefined) break;
      const at = from + (this.#text[from] === '\\' ? 1 : 0);
      this.#onSum(this.#next++, this.#text.slice(at, at + SUM_CHARS));
      from = end;
    }
    this.#text = this.#text.slice(from);
  }

  #endOf(from: number, name: string): number | undefined {
    SUM.lastIndex = from;
    if (!SUM.test(this.#text) || !this.#text.startsWith(`${name}\n`, SUM.lastIndex)) return undefined;
    return SUM.lastIndex + name.length + 1;
  }
}

const SUM = /\\?[0-9a-f]{64} [ *]/y;

/** As GNU's writes a name with a backslash or a newline. */
function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
