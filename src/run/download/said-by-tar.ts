/** What tar says on a node when files, such as logs, change while it reads: the run tells it, and does not fail. Pure. */
import { PULL_LIMITS } from '../../core/limits/pull.ts';

/** Reads line by line, since there may be many harmless lines, among which a serious one must not get lost. */
export class SaidByTar {
  readonly #paths: readonly string[];
  #rest = '';
  #hasSaid = false;
  #isHarmless = true;
  #lastWords = '';

  /** `paths`: the ones that the user asked for, which must be there. */
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

  /** Whether GNU tar, bsdtar or busybox has said something, and only that files have changed. */
  get isHarmless(): boolean {
    return this.#hasSaid && this.#isHarmless;
  }

  /** The last line that says why tar failed; empty if none does. */
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

/** busybox says no more of a file that vanished from its directory a moment ago. */
const VANISHED = /^tar: ((?:(?!: ).)*): No such file or directory$/s;
