/** Reads a node's answers to questions about paths, in the order of the questions. They come in pieces, and none is kept. Pure. */
import { LIMITS } from '../../core/limits/limits.ts';

/** The paths about which a node was asked, in order; their bytes as Latin-1. */
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

  /** `answerCharsMax`: the length of the longest answer. One is read only when so much of the text is there, or all of it. */
  constructor(asked: AskedPaths, answerCharsMax: number) {
    this.asked = asked;
    this.#answerCharsMax = answerCharsMax;
  }

  /** Throws an Error where the bytes are no answer. */
  push(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    this.#read(false);
    // What stays unread is at most a last line, such as a word of another program.
    if (this.#text.length > LIMITS.replyLineBytesMax) throw new Error('more than was asked for');
  }

  /** Call it when no more bytes come. Returns what stands behind the last answer. */
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

  /** Reads the answer that begins at `from`, and returns where it ends; undefined where none begins there. `isAll`: the text is complete. */
  protected abstract readOne(text: string, from: number, isAll: boolean): number | undefined;
}

/** A path of a node as one word of a message. */
export function quoted(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString());
}
