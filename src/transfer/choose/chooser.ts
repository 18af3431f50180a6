/** What of the files that are named is sent: the user's patterns decide, and where they say nothing, with `--gitignore`, git's. */
import { LockstepError } from '../../core/errors.ts';
import { isIgnored, type Level, LevelsAbove, levelOf } from './gitignore.ts';
import { type Pattern, readPattern } from './pattern.ts';
import { compileRules, decide, type Rules } from './rules.ts';

export interface Choice {
  /** In the language of .gitignore; the last one that matches decides. */
  readonly excludes: readonly string[];
  readonly obeysGitignore: boolean;
}

interface Place {
  readonly member: string;
  readonly source: string;
}

export class Chooser {
  readonly #rules: Rules;
  readonly #above: LevelsAbove | undefined;

  /**
   * `start`: what patterns count from that have a slash in them and none before them; with a slash behind it, or empty.
   * `top`: a directory that was named for what is in it. Throws LockstepError `usage` for a pattern that can match nothing.
   */
  constructor(
    { excludes, obeysGitignore }: Choice,
    { start, top }: { start: string; top?: string | undefined },
  ) {
    this.#rules = compileRules(excludes.map((written) => readExclude(written, start)));
    this.#above = obeysGitignore ? new LevelsAbove(top) : undefined;
  }

  /** What git says in the directory of something that was named. */
  levelAbove(source: string): Level | 'ignored' | undefined {
    return this.#above?.of(source);
  }

  /** What git says in a directory that is sent, whose level is `above`. */
  levelIn(directory: string, above: Level | undefined, names: readonly Buffer[]): Level | undefined {
    if (this.#above === undefined) return undefined;
    return levelOf(directory, above, (name) => {
      const wanted = Buffer.from(name);
      return names.some((bytes) => bytes.equals(wanted));
    });
  }

  /** Asked of a directory before anything in it. */
  isLeftOut({ member, source }: Place, isDirectory: boolean, level: Level | 'ignored' | undefined): boolean {
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

/** How other tools write patterns, of which git takes no notice, and which would leave nothing out in silence. */
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
