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
export function complaint(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !/^debug\d:/.test(line));
  return lines.at(-1)?.trim() ?? '';
}
