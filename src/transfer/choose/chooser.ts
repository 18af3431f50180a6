/** Decides which files below the named ones are sent: by `--exclude`, and where no such pattern matches, by `--gitignore`. */
import { LockstepError } from '../../core/errors.ts';
import type { NamedSource } from '../names.ts';
import { isIgnored, type Level, LevelsAbove, levelOf } from './gitignore.ts';
import { type Pattern, readPattern } from './pattern.ts';
import { compileRules, decide, type Rules } from './rules.ts';

export interface Choice {
  /** Patterns in the language of .gitignore; the last one that matches decides. */
  readonly excludes: readonly string[];
  readonly obeysGitignore: boolean;
}

export class Chooser {
  readonly #rules: Rules;
  readonly #above: LevelsAbove | undefined;

  /**
   * `start`: the path from which a pattern counts that has a slash in it but does not begin with one; it ends in a slash, or is empty.
   * `top`: the directory of `-e .`. Throws LockstepError `usage` for a pattern that can match nothing.
   */
  constructor(
    { excludes, obeysGitignore }: Choice,
    { start, top }: { start: string; top?: string | undefined },
  ) {
    this.#rules = compileRules(excludes.map((written) => readExclude(written, start)));
    this.#above = obeysGitignore ? new LevelsAbove(top) : undefined;
  }

  /** The patterns of git that count for a file which the user has named; `ignored` where git ignores a directory above it. */
  levelAbove(source: string): Level | 'ignored' | undefined {
    return this.#above?.of(source);
  }

  /** The patterns of git that count in a directory that is sent. `above`: those that count beside it. `names`: what is in it. */
  levelIn(directory: string, above: Level | undefined, names: readonly Buffer[]): Level | undefined {
    if (this.#above === undefined) return undefined;
    return levelOf(directory, above, (name) => {
      const wanted = Buffer.from(name);
      return names.some((bytes) => bytes.equals(wanted));
    });
  }

  /** Call it for a directory before anything in it: what is in a directory that is left out is never asked about. */
  isLeftOut(
    { member, source }: NamedSource,
    isDirectory: boolean,
    level: Level | 'ignored' | undefined,
  ): boolean {
    const decision = decide(this.#rules, { path: member, isDirectory });
    if (decision !== undefined) return decision;
    return this.#above !== undefined && (level === 'ignored' || isIgnored(level, source, isDirectory));
  }
}

function readExclude(written: string, start: string): Pattern {
  const pattern = readPattern(written, start);
  const hint = OTHERS.find(([form]) => form.test(written))?.[1];
  if (pattern !== undefined && hint === undefined) return pattern;
  throw new LockstepError('usage', `the pattern ${JSON.stringify(written)} matches no name`, {
    hint: hint ?? 'is a [ not closed, or a \\ last? they are written as in .gitignore',
  });
}

/** Patterns as other tools have them, and mistakes, with a hint for each. They would match nothing, without a word. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [
    /^[+-] /,
    'patterns are those of .gitignore: without "- ", and with "!" for "+ "; a name that begins so: \\- …',
  ],
  [/^!?\/*$/, 'it is empty; is a variable of your script unset?'],
  [
    /(?:^|\/)\.{1,2}(?:\/|$)/,
    'no name has . or .. in it: write "tmp" for any, or "/tmp" for that at the top',
  ],
];
