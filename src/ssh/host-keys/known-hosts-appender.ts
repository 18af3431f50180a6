/** The one writer of known_hosts. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectories } from '../../core/make-directories.ts';

/**
 * Adds lines to a known_hosts file, and changes nothing else in it. Lines that come while a write is under way go
 * together into the next one: each write is a single O_APPEND write, so that parallel runs cannot mix their lines.
 */
export class KnownHostsAppender {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(path: string, warn: (message: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  append(line: string): void {
    this.#waiting.push(line);
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when every line so far is on disk, or a warning says why not. Never rejects. */
  written(): Promise<void> {
    return this.#writing ?? Promise.resolve();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // All lines from this turn of the event loop share one write.
      await Promise.resolve();
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await appendLines(this.#path, lines);
      } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        this.#warn(`cannot add host keys to ${this.#path}: ${reason}`);
      }
    }
    this.#writing = undefined;
  }
}

async function appendLines(path: string, lines: readonly string[]): Promise<void> {
  await makeDirectories(dirname(path), 0o700);
  await using file = await open(path, 'a+', 0o600);
  const { size } = await file.stat();
  const last = size > 0 ? (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString('latin1') : '\n';
  const text = `${last === '\n' ? '' : '\n'}${lines.join('\n')}\n`;
  await file.write(text);
}
