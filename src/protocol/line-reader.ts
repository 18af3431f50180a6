/**
 * A tool's stdout → its SYNC and WATCH messages, and everything else unaltered and in order.
 * Holds back at most the start of one line, and only while that could still become a protocol line.
 */
import { LIMITS } from '../core/limits/limits.ts';
import { formatToolWatch, parseToolSync, parseToolWatch, toolSyncStart } from './messages.ts';

export type ToolItem =
  /** Ordinary output: any piece of the stream, not always whole lines. */
  | { readonly type: 'output'; readonly chunk: Buffer }
  | { readonly type: 'sync'; readonly description: string }
  | { readonly type: 'watch' }
  /** A protocol line beyond `LIMITS.protocolLineBytesMax`: its text is dropped. */
  | { readonly type: 'overlong' };

const NEWLINE = 0x0a;
const BLANKS: readonly number[] = [0x09, 0x0b, 0x0c, 0x0d, 0x20];

type ReadState = 'line-start' | 'inside-output' | 'inside-overlong';

interface LineForm {
  readonly start: Buffer;
  /** The bytes that may come next. */
  readonly followers: readonly number[];
}

export class ToolLineReader {
  readonly #prefix: string;
  /** None of them starts with another. */
  readonly #forms: readonly LineForm[];
  readonly #newlineAndPrefix: Buffer;
  /** The start of a line that may become a protocol line. Not empty only at 'line-start'. */
  #held: Buffer = Buffer.alloc(0);
  #state: ReadState = 'line-start';

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#forms = [
      { start: Buffer.from(toolSyncStart(prefix)), followers: [NEWLINE, ...BLANKS] },
      { start: Buffer.from(formatToolWatch(prefix)), followers: [NEWLINE] },
    ];
    this.#newlineAndPrefix = Buffer.from(`\n${prefix} `);
  }

  /** The items that are certain by now. */
  read(chunk: Buffer): ToolItem[] {
    const items: ToolItem[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) rest = this.#take(rest, items);
    return items;
  }

  /**
   * The stream has ended. An unterminated line is output:
   * a message cut short must not be taken for a whole one.
   */
  end(): ToolItem[] {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest.length === 0 ? [] : [{ type: 'output', chunk: rest }];
  }

  /** Takes what can be decided from the front of `bytes`, and returns the rest. */
  #take(bytes: Buffer, items: ToolItem[]): Buffer {
    switch (this.#state) {
      case 'inside-output':
        return this.#takeOutput(bytes, items);
      case 'inside-overlong':
        return this.#skipOverlong(bytes);
      case 'line-start':
        return this.#takeLine(bytes, items);
    }
  }

  #takeLine(bytes: Buffer, items: ToolItem[]): Buffer {
    const kind = this.#kindOfLine(bytes);
    if (kind === 'output') return this.#takeOutput(bytes, items);
    const end = bytes.indexOf(NEWLINE);
    if (kind === 'undecided' || (end < 0 && bytes.length <= LIMITS.protocolLineBytesMax)) {
      // A copy, so that a few bytes do not keep a whole packet in memory.
      this.#held = Buffer.from(bytes);
      return bytes.subarray(bytes.length);
    }
    if (end < 0 || end > LIMITS.protocolLineBytesMax) {
      items.push({ type: 'overlong' });
      this.#state = 'inside-overlong';
      return bytes;
    }
    const message = this.#messageIn(bytes.toString('utf8', 0, end));
    if (message === undefined) return this.#takeOutput(bytes, items);
    items.push(message);
    return bytes.subarray(end + 1);
  }

  #messageIn(line: string): ToolItem | undefined {
    if (parseToolWatch(this.#prefix, line)) return { type: 'watch' };
    const description = parseToolSync(this.#prefix, line);
    return description === undefined ? undefined : { type: 'sync', description };
  }

  #kindOfLine(bytes: Buffer): 'message' | 'output' | 'undecided' {
    for (const { start, followers } of this.#forms) {
      const length = Math.min(bytes.length, start.length);
      if (bytes.compare(start, 0, length, 0, length) !== 0) continue;
      const next = bytes[start.length];
      if (next === undefined) return 'undecided';
      if (followers.includes(next)) return 'message';
    }
    return 'output';
  }

  /** Output up to the next line that is, or may become, a protocol line. */
  #takeOutput(bytes: Buffer, items: ToolItem[]): Buffer {
    const end = this.#endOfOutput(bytes);
    items.push({ type: 'output', chunk: bytes.subarray(0, end ?? bytes.length) });
    this.#state = end === undefined ? 'inside-output' : 'line-start';
    return bytes.subarray(end ?? bytes.length);
  }

  /** Where such a line starts; undefined where the bytes end inside a line of output. */
  #endOfOutput(bytes: Buffer): number | undefined {
    let newline = bytes.indexOf(this.#newlineAndPrefix);
    while (newline >= 0 && this.#kindOfLine(bytes.subarray(newline + 1)) === 'output') {
      newline = bytes.indexOf(this.#newlineAndPrefix, newline + 1);
    }
    if (newline < 0) newline = bytes.lastIndexOf(NEWLINE);
    if (newline < 0 || this.#kindOfLine(bytes.subarray(newline + 1)) === 'output') return undefined;
    return newline + 1;
  }

  #skipOverlong(bytes: Buffer): Buffer {
    const end = bytes.indexOf(NEWLINE);
    if (end < 0) return bytes.subarray(bytes.length);
    this.#state = 'line-start';
    return bytes.subarray(end + 1);
  }
}
