/** Walks through a rollout file: each value with its path, each mistake with its place. Pure. */
import { parseDuration } from '../core/duration.ts';
import { isRecord } from '../core/is-record.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { parseShare, type Share } from '../core/share.ts';
import type { Yaml } from '../targets/yaml-position.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Mistakes, PositionText } from './mistakes.ts';
import type { TagRef } from './rollout-file.ts';

export type Table = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

export class Reader {
  readonly #yaml: Yaml;
  readonly mistakes: Mistakes;

  constructor(yaml: Yaml, mistakes: Mistakes) {
    this.#yaml = yaml;
    this.mistakes = mistakes;
  }

  /** `key`: the place of that key in the table there. */
  place(path: Path, key?: string): PositionText {
    return () => this.#yaml.place(path, key);
  }

  /** The keys of a table. Anything else is a mistake, but nothing at all is an empty table. */
  table(value: unknown, path: Path, what: string): Table {
    if (value === undefined || value === null) return {};
    if (isRecord(value)) return value;
    this.mistakes.add(this.place(path), `${what} is a table, as in ${path.at(-1) ?? 'key'}: {name: value}`);
    return {};
  }

  /** Any key other than these is a mistake. */
  known(table: Table, path: Path, keys: readonly string[]): void {
    for (const key of Object.keys(table)) {
      if (keys.includes(key)) continue;
      const message = `${quoteInput(key)} is not known here`;
      this.mistakes.add(this.place(path, key), message, `there are ${keys.join(', ')}`);
    }
  }

  choice<T extends string>(value: unknown, path: Path, choices: readonly [T, ...T[]]): T {
    if (value === undefined || value === null) return choices[0];
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      this.mistakes.add(this.place(path), `${shown(value)} is none of ${choices.join(', ')}`);
    return found ?? choices[0];
  }

  share(value: unknown, path: Path): Share | undefined {
    const found = isWord(value) ? parseShare(String(value)) : undefined;
    if (found === undefined)
      this.mistakes.add(
        this.place(path),
        `${shown(value)} is no number of nodes from 1, and no percentage from 1% to 100%`,
      );
    return found;
  }

  /** Milliseconds. */
  time(value: unknown, path: Path): number | undefined {
    const found = isWord(value) ? parseDuration(String(value), 's') : undefined;
    if (found !== undefined && found <= LIMITS.durationMsMax) return found;
    this.mistakes.add(this.place(path), `${shown(value)} is no time, such as 30s, 5m or 1h`);
    return undefined;
  }

  count(value: unknown, path: Path, max: number): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
    this.mistakes.add(this.place(path), `${shown(value)} is no number from 0 to ${max}`);
    return undefined;
  }

  /** A text that is not empty. */
  text(value: unknown, path: Path, what: string): string | undefined {
    if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value;
    this.mistakes.add(this.place(path), `${shown(value)} is no ${what}`);
    return undefined;
  }

  /** `coast` or `$coast`. */
  tagName(value: unknown, path: Path): TagRef | undefined {
    const name = typeof value === 'string' ? value.replace(/^\$/, '') : '';
    if (TAG_NAME.test(name)) return { kind: 'tag', name, place: this.place(path) };
    this.mistakes.add(this.place(path), `${shown(value)} is no name of a tag`, TAG_HINT);
    return undefined;
  }
}

/** Dots lead from a tag to its values. */
export const TAG_NAME = /^[A-Za-z0-9_][A-Za-z0-9_:-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_:-]*)*$/;
export const TAG_HINT = 'a tag is called with letters, digits and _ - :, and dots lead to its values';

/** As in the file, if it is one word. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return isRecord(value) ? 'a table' : quoteInput(String(value));
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
