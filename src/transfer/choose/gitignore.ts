/**
 * What git would ignore: the .gitignore of each directory on the way, from the top of the repository, or where there is none
 * from the directory that was named. A deeper file comes before those above it, and nothing in a directory that is ignored is
 * asked about. What git tracks all the same, `.git/info/exclude` and the user's own file are not looked at.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { CHOOSE_LIMITS } from '../../core/limits/choose.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { refusal } from '../names.ts';
import { type Pattern, readPattern } from './pattern.ts';
import { compileRules, decide, type Rules } from './rules.ts';

/** What counts in one directory. */
export interface Level {
  /** The directory, with a slash behind it. */
  readonly base: string;
  readonly rules: Rules;
  readonly above: Level | undefined;
}

/** Whether the last one of the patterns that match says so. */
export function isIgnored(level: Level | undefined, source: string, isDirectory: boolean): boolean {
  if (source.endsWith('/.git')) return true;
  for (let at = level; at !== undefined; at = at.above) {
    const decision = decide(at.rules, { path: source.slice(at.base.length), isDirectory });
    if (decision !== undefined) return decision;
  }
  return false;
}

/** `holds`: whether a name is in the directory. */
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

/** Of what lies above a file or directory that was named. */
export class LevelsAbove {
  readonly #top: string | undefined;
  readonly #known = new Map<string, Above>();

  /** `top`: counts as the top of a repository, where it is in none. */
  constructor(top?: string) {
    this.#top = top;
  }

  /** `ignored`: a directory on the way is. */
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

/** The lines of a file of patterns: no comments, nor blanks at an end that are not escaped. */
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
    // Nor does git follow a link there.
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
