/**
 * Reads the sums that `sha256sum`, or `openssl dgst -r`, prints on a node, in the order in which the files were asked for. An answer
 * without one of them is no answer. Pure.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import { type AskedPaths, OrderedAnswers, quoted } from './ordered-answers.ts';

const SUM_CHARS = 64;
/** A backslash that says that the name is escaped, the sum, two characters, the name, at most twice as long by escapes, and a newline. */
const ANSWER_CHARS_MAX = 2 * LIMITS.pathBytesMax + SUM_CHARS + 4;

export class SumReader extends OrderedAnswers {
  readonly #onSum: (at: number, sha256: string) => void;

  constructor(asked: AskedPaths, onSum: (at: number, sha256: string) => void) {
    super(asked, ANSWER_CHARS_MAX);
    this.#onSum = onSum;
  }

  /** The first path that has no sum. */
  get missing(): string | undefined {
    return this.next < this.asked.length ? quoted(this.asked.pathAt(this.next)) : undefined;
  }

  protected override readOne(text: string, from: number): number | undefined {
    const name = this.asked.pathAt(this.next);
    const end = [name, escaped(name), escaped(name).replaceAll('\r', '\\r')]
      .map((written) => endOf(text, from, written))
      .find((found) => found !== undefined);
    if (end === undefined) return undefined;
    const at = from + (text[from] === '\\' ? 1 : 0);
    this.#onSum(this.next++, text.slice(at, at + SUM_CHARS));
    return end;
  }
}

function endOf(text: string, from: number, name: string): number | undefined {
  SUM.lastIndex = from;
  if (!SUM.test(text) || !text.startsWith(`${name}\n`, SUM.lastIndex)) return undefined;
  return SUM.lastIndex + name.length + 1;
}

const SUM = /\\?[0-9a-f]{64} [ *]/y;

/** A name with a backslash or a newline, as GNU sha256sum prints it. */
function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
