/**
 * What git would ignore, by the .gitignore of each directory on the way: from the top of the repository, or, outside of one, from
 * the named directory. A deeper file comes before those above it. Unlike git, lockstep looks neither at the index, so that a tracked
 * file is ignored too, nor at `.git/info/exclude` and the user's own file.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { CHOOSE_LIMITS } from '../../core/limits/choose.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { refusal } from '../names.ts';
import { type Pattern, readPattern } from './pattern.ts';
import { compileRules, decide, type Rules } from './rules.ts';

/** The patterns that count in one directory: those of its .gitignore, before those of the directories above it. */
export interface Level {
  /** The directory, with a slash behind it. */
  readonly base: string;
  readonly rules: Rules;
  readonly above: Level | undefined;
}

/** Whether git ignores the path: the last pattern that matches decides, of the deepest file that has one. */
export function isIgnored(level: Level | undefined, source: string, isDirectory: boolean): boolean {
  if (source.endsWith('/.git')) return true;
  for (let at = level; at !== undefined; at = at.above) {
    const decision = decide(at.rules, { path: source.slice(at.base.length), isDirectory });
    if (decision !== undefined) return decision;
  }
  return false;
}

/** The level of a directory. `above`: that of the directory above it. `holds`: whether a name is in the directory. */
export function levelOf(
  directory: string,
  above: Level | undefined,
  holds: (name: string) => boolean,
): Level | undefined {
  // A repository in another one has rules of its own.
  const outer = holds('.git') ? undefined : above;
  const rules = holds(IGNORE_FILE) ? compileRules(readIgnoreFile(below(directory, IGNORE_FILE))) : [];
  return rules.length === 0 ? outer : { base: below(directory, ''), rules, above: outer };
}

/** The levels of the directories above what the user has named. The walk of an upload does not come to these. */
export class LevelsAbove {
  readonly #top: string | undefined;
  readonly #known = new Map<string, Above>();

  /** `top`: the directory of `-e .`. It counts as the top of a repository where it is in none. */
  constructor(top?: string) {
    this.#top = top;
  }

  /** The level in which `source` lies; `ignored`: git ignores a directory above it. */
  of(source: string): Level | 'ignored' | undefined {
    return this.#at(dirname(source)).level;
  }

  #at(directory: string): Above {
    const known = this.#known.get(directory);
    if (known !== undefined) return known;
    const found = this.#look(directory);
    this.#known.set(directory, found);
    return found;
  }

  #look(directory: string): Above {
    const holds = (name: string) => exists(below(directory, name));
    const { isInRepository, level } =
      holds('.git') || directory === '/' ? OUTSIDE : this.#at(dirname(directory));
    if (level === 'ignored') return { isInRepository, level };
    if (isInRepository && isIgnored(level, directory, true)) return { isInRepository, level: 'ignored' };
    if (!isInRepository && !holds('.git') && directory !== this.#top) return OUTSIDE;
    return { isInRepository: true, level: levelOf(directory, level, holds) };
  }
}

interface Above {
  readonly isInRepository: boolean;
  readonly level: Level | 'ignored' | undefined;
}

const OUTSIDE: Above = { isInRepository: false, level: undefined };

const IGNORE_FILE = '.gitignore';

function below(directory: string, name: string): string {
  return `${directory === '/' ? '' : directory}/${name}`;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The patterns in a file: its lines without comments, empty ones, and blanks at an end that no backslash escapes. */
export function patternLines(text: string): readonly string[] {
  return text
    .replace(/^\u{FEFF}/u, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => withoutBlanks(line.replace(/\r$/, '')))
    .filter((line) => line !== '');
}

function withoutBlanks(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end--;
  let escapes = end;
  while (line[escapes - 1] === '\\') escapes--;
  // A backslash keeps the one blank behind it.
  return line.slice(0, (end - escapes) % 2 === 0 ? end : end + 1);
}

function readIgnoreFile(path: string): readonly Pattern[] {
  let descriptor: number | undefined;
  try {
    // O_NOFOLLOW: git follows no link there either.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return [];
    if (stats.size > CHOOSE_LIMITS.patternFileBytesMax) throw new Error('it is too large for one');
    return patternLines(readFileSync(descriptor, 'utf8')).flatMap((line) => readPattern(line) ?? []);
  } catch (error) {
    throw refusal(path, `its patterns cannot be read: ${systemErrorText(error)}`, 'or leave out --gitignore');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
