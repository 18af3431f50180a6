/**
 * Splits a node's stream into replies and everything else.
 * While replies are expected, other lines are noise; once a command owns the stream (`openCommand`), every byte outside of
 * replies is the command's, also when its last line has no newline.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import { parseReply, type Reply } from './replies.ts';

export interface ReplyStreamHandlers {
  onReply(reply: Reply): void;
  /** Bytes that are not ours: the command's output. */
  onOutput(chunk: Buffer): void | Promise<void>;
  /** Lines around the replies that nobody asked for, such as a login script's. */
  onNoise?(line: string): void;
}

export class ReplyStream {
  readonly #handlers: ReplyStreamHandlers;
  #rest: Buffer = Buffer.alloc(0);
  #isCommandOpen = false;

  readonly #marker: Buffer;

  constructor(token: string, handlers: ReplyStreamHandlers) {
    this.#marker = Buffer.from(`${token} `);
    this.#handlers = handlers;
  }

  /** From here the stream carries the command's bytes; behind its EXIT (or END), of what it left in the background. */
  openCommand(): void {
    this.#isCommandOpen = true;
  }

  /** Takes the next bytes. A returned promise is the output's wish to hold the node back. */
  push(chunk: Buffer): void | Promise<void> {
    let held: Promise<void> | undefined;
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (data.length > 0) {
      const at = data.indexOf(this.#marker);
      const lineEnd = at < 0 ? -1 : data.indexOf(10, at);
      const before = at < 0 ? this.#withoutPossibleMarker(data) : data.subarray(0, at);
      if (before.length > 0) held = this.#pass(before) ?? held;
      if (at < 0 || lineEnd < 0) {
        data = data.subarray(before.length);
        break;
      }
      this.#reply(data.toString('utf8', at + this.#marker.length, lineEnd));
      data = data.subarray(lineEnd + 1);
    }
    this.#rest = data.length > LIMITS.replyLineBytesMax ? Buffer.alloc(0) : Buffer.from(data);
    return held;
  }

  /** Nothing more comes: what could have become a reply is none. */
  end(): void | Promise<void> {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length > 0 && !rest.includes(this.#marker)) return this.#pass(rest);
  }

  #reply(line: string): void {
    const reply = parseReply(line);
    if (reply !== undefined) this.#handlers.onReply(reply);
  }

  /** Everything except a tail that may be the beginning of a marker. */
  #withoutPossibleMarker(data: Buffer): Buffer {
    const longest = Math.min(this.#marker.length - 1, data.length);
    for (let length = longest; length > 0; length--) {
      if (data.subarray(data.length - length).equals(this.#marker.subarray(0, length))) {
        return data.subarray(0, data.length - length);
      }
    }
    return data;
  }

  #pass(bytes: Buffer): Promise<void> | undefined {
    if (this.#isCommandOpen) return this.#handlers.onOutput(bytes) ?? undefined;
    this.#handlers.onNoise?.(bytes.toString('utf8', Math.max(0, bytes.length - LIMITS.nodeSaidCharsMax)));
    return undefined;
  }
}
