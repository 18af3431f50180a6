/** What tar says on a node when files change while it reads them, as logs do: it is told, and no failure. Pure. */
import { PULL_LIMITS } from '../../core/limits/pull.ts';

/** Listens line by line, since harmless ones may be many, and one that is not must not be forgotten over them. */
export class SaidByTar {
  readonly #paths: readonly string[];
  #rest = '';
  #hasSaid = false;
  #isHarmless = true;
  #lastWords = '';

  /** `paths`: what was asked for, which must be there. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-PULL_LIMITS.saidCharsMax);
    for (const line of lines) this.#hear(line);
  }

  end(): void {
    this.push('\n');
  }

  /** Whether something was said, by GNU tar, bsdtar or busybox, and nothing but that files have changed. */
  get isHarmless(): boolean {
    return this.#hasSaid && this.#isHarmless;
  }

  /** The last line that says why it has failed; empty where none does. */
  get lastWords(): string {
    return this.#lastWords;
  }

  #hear(line: string): void {
    if (line === '') return;
    this.#hasSaid = true;
    if (isChange(line, this.#paths)) return;
    this.#isHarmless = false;
    if (!/previous errors/.test(line)) this.#lastWords = line.slice(-PULL_LIMITS.saidCharsMax);
  }
}

function isChange(line: string, paths: readonly string[]): boolean {
  if (CHANGES.some((form) => form.test(line))) return true;
  const [, name] = VANISHED.exec(line) ?? [];
  return (
    name !== undefined && !paths.some((path) => `/${path}`.replace(/^\/+/, '') === name.replace(/^\/+/, ''))
  );
}

const CHANGES = [
  /: file changed as we read it$/,
  /: File removed before we read it$/,
  /: File shrank by \d+ bytes; padding with zeros$/,
  /: socket ignored$/,
  /: error exit delayed from previous errors$/,
];

/** busybox says no more of a file that was in its directory a moment ago. */
const VANISHED = /^tar: ((?:(?!: ).)*): No such file or directory$/s;
