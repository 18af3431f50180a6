/** What ssh itself says, told from the words of the command: it writes them to a file of its own (`-E`). */
import { readFileSync, rmSync } from 'node:fs';
import { LIMITS } from '../../core/limits.ts';

export class SshLog {
  readonly path: string;
  #kept: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Its last words; empty when it has said none. */
  text(): string {
    if (this.#kept !== undefined) return this.#kept;
    try {
      return readFileSync(this.path, 'utf8').slice(-LIMITS.sshLogCharsMax);
    } catch {
      return '';
    }
  }

  /** Nothing more comes: the file goes, its words stay. */
  close(): void {
    this.#kept = this.text();
    rmSync(this.path, { force: true });
  }
}

/** Without what it says for us alone. */
export function complaints(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^debug\d:/.test(line));
}

/** The last of them; empty when there is none. */
export function complaint(text: string): string {
  return complaints(text).at(-1) ?? '';
}
