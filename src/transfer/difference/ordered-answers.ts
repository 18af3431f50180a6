/** What a node has answered to questions about paths, in the order in which they were asked; it comes in pieces, and none is kept. Pure. */
import { LIMITS } from '../../core/limits/limits.ts';

/** The paths that were asked for, in order; their bytes as Latin-1. */
export interface AskedPaths {
  readonly length: number;
  pathAt(at: number): string;
}

export abstract class OrderedAnswers {
  protected readonly asked: AskedPaths;
  /** The place of the first path that has no answer yet. */
  protected next = 0;
  readonly #answerCharsMax: number;
  #text = '';

  /** `answerCharsMax`: no answer is read before so much, or the end, is there. */
  constructor(asked: AskedPaths, answerCharsMax: number) {
    this.asked = asked;
    this.#answerCharsMax = answerCharsMax;
  }

  /** Throws an Error where this is no answer. */
  push(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    this.#read(false);
    // A last line at most.
    if (this.#text.length > LIMITS.replyLineBytesMax) throw new Error('more than was asked for');
  }

  /** Nothing more comes. What stands behind the last answer. */
  end(): string {
    this.#read(true);
    return this.#text;
  }

  #read(isAll: boolean): void {
    const charsMin = isAll ? 1 : this.#answerCharsMax;
    let from = 0;
    while (this.next < this.asked.length && this.#text.length - from >= charsMin) {
      const end = this.readOne(this.#text, from, isAll);
      if (end === undefined) break;
      from = end;
    }
    this.#text = this.#text.slice(from);
  }

  /** Where the answer that begins at `from` ends, which is told; undefined where none begins there. `isAll`: nothing follows the text. */
  protected abstract readOne(text: string, from: number, isAll: boolean): number | undefined;
}

/** A path of a node as one word. */
export function quoted(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString());
}
