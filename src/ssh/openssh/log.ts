/** What ssh itself says, apart from the words of the command: ssh writes it to a file of its own (`-E`). */
import { readFileSync, rmSync } from 'node:fs';
import { LIMITS } from '../../core/limits/limits.ts';

export class SshLog {
  readonly path: string;
  #kept: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the last words of ssh; empty if it said none. */
  text(): string {
    if (this.#kept !== undefined) return this.#kept;
    try {
      return readFileSync(this.path, 'utf8').slice(-LIMITS.sshLogCharsMax);
    } catch {
      return '';
    }
  }

  /** Removes the file, since nothing more comes, and keeps its words. */
  close(): void {
    this.#kept = this.text();
    rmSync(this.path, { force: true });
  }
}

/** Leaves out the lines that ssh writes only because lockstep asks for them. */
export function complaints(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^debug\d:/.test(line));
}

/** Returns the last line; empty if there is none. */
export function complaint(text: string): string {
  return complaints(text).at(-1) ?? '';
}
