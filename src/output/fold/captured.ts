/** The output of one node's command, kept until its end, and identified by its digest. */
import { createHash, type Hash } from 'node:crypto';
import type { OutputEvent, Stream } from '../../core/events.ts';
import { Backlog, type BacklogStore } from '../backlog.ts';

export const STREAMS: readonly Stream[] = ['stdout', 'stderr'];

export class Captured {
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;

  constructor(store: BacklogStore) {
    this.stdout = new CapturedStream(store);
    this.stderr = new CapturedStream(store);
  }

  /** A promise resolves when the disk has taken the bytes. */
  push(event: OutputEvent): void | Promise<void> {
    return this[event.stream].push(event);
  }

  /** Equal for outputs that are equal on both streams; nothing may be pushed afterwards. */
  seal(): string {
    return STREAMS.map((stream) => this[stream].seal()).join(' ');
  }

  discard(): void {
    for (const stream of STREAMS) this[stream].discard();
  }
}

class CapturedStream {
  bytes = 0;
  /** Set when the stream is sealed. */
  digest = '';
  readonly #hash: Hash = createHash('sha256');
  readonly #backlog: Backlog;

  constructor(store: BacklogStore) {
    this.#backlog = new Backlog(store);
  }

  push(event: OutputEvent): void | Promise<void> {
    this.bytes += event.chunk.length;
    this.#hash.update(event.chunk);
    return this.#backlog.push(event);
  }

  seal(): string {
    this.digest = this.#hash.digest('hex');
    this.#backlog.seal();
    return this.digest;
  }

  discard(): void {
    this.#backlog.discard();
  }

  /** Gives the bytes away, a piece at a time. */
  async *take(): AsyncGenerator<Buffer> {
    while (!this.#backlog.isEmpty) {
      for (const { chunk } of await this.#backlog.shift()) yield chunk;
    }
  }

  async takeAll(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.take()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}
