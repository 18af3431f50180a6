/**
 * A list of patterns, of which the last one that matches decides. Neighbours that all leave out, or all keep, are compiled into one
 * expression, so that a long list costs little for each file. Pure.
 */
import type { Pattern } from './pattern.ts';

export type Rules = readonly Neighbours[];

export interface Candidate {
  /** Counted from where the patterns count; no slash at either end. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** True: left out. False: a pattern with `!` keeps it. Undefined: no pattern matches. */
export function decide(rules: Rules, { path, isDirectory }: Candidate): boolean | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const matched = rules.findLast(
    ({ ofAll, ofDirectories }) =>
      matches(ofAll, name, path) || (isDirectory && matches(ofDirectories, name, path)),
  );
  return matched && !matched.keeps;
}

export function compileRules(patterns: readonly Pattern[]): Rules {
  const runs: Pattern[][] = [];
  for (const pattern of patterns) {
    const last = runs.at(-1);
    if (last?.[0]?.keeps === pattern.keeps) last.push(pattern);
    else runs.push([pattern]);
  }
  return runs.map((run) => ({
    keeps: run[0]?.keeps ?? false,
    ofAll: questionOf(run.filter(({ isOfDirectories }) => !isOfDirectories)),
    ofDirectories: questionOf(run.filter(({ isOfDirectories }) => isOfDirectories)),
  }));
}

interface Neighbours {
  readonly keeps: boolean;
  readonly ofAll: Question;
  readonly ofDirectories: Question;
}

interface Question {
  readonly names: Matcher;
  readonly paths: Matcher;
}

interface Matcher {
  readonly literals: ReadonlySet<string>;
  readonly wild: RegExp | undefined;
}

function questionOf(patterns: readonly Pattern[]): Question {
  return {
    names: matcherOf(patterns.filter(({ isOfNames }) => isOfNames)),
    paths: matcherOf(patterns.filter(({ isOfNames }) => !isOfNames)),
  };
}

function matcherOf(patterns: readonly Pattern[]): Matcher {
  const literals = patterns.flatMap(({ literal }) => literal ?? []);
  const wild = patterns
    .filter(({ literal }) => literal === undefined)
    // Patterns number their groups alike, and a name may be in an expression only once.
    .map(({ source }, index) => source.replaceAll(/<s(\d+)>/g, `<p${index}s$1>`));
  const source = `^(?:${wild.join('|')})$`;
  return { literals: new Set(literals), wild: wild.length === 0 ? undefined : new RegExp(source, 'su') };
}

function matches({ names, paths }: Question, name: string, path: string): boolean {
  return isIn(names, name) || isIn(paths, path);
}

function isIn({ literals, wild }: Matcher, text: string): boolean {
  return literals.has(text) || (wild?.test(text) ?? false);
}
