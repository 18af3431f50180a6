/** `Host` and `Match`: decide for which hosts the lines below them count. */
import type { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { type Line, mistake, type Position, type Word } from './lines.ts';
import { compileList, compilePattern } from './pattern.ts';
import { unexpected } from './values.ts';

/** The host to compare a section with, as far as the lines above say. */
export interface Subject {
  /** As typed. */
  readonly given: string;
  /** What `Host` compares with: the name as typed, and in the final pass the address. */
  readonly host: string;
  /** What `Match host` compares with. */
  hostName(): string;
  user(): string;
  tag(): string;
  readonly localUser: string;
  readonly isFinal: boolean;
}

/** `unknown`: lockstep cannot decide it; the place names the criterion. */
export type Verdict = boolean | { readonly unknown: Word };

export interface Condition {
  matches(subject: Subject): Verdict;
  /** OpenSSH evaluates the files again once it knows the address. */
  readonly wantsFinal: boolean;
}

export const ALWAYS: Condition = { matches: () => true, wantsFinal: false };

/** Throws LockstepError `usage`. */
export function hostCondition({ words, rest }: Line): Condition {
  if (words.length === 0) throw mistake(rest.place, 'Host without a pattern', 'expected one');
  const patterns = words.map((word) => {
    if (word.text === '') throw unexpected(word, 'a pattern');
    const isNegated = word.text.startsWith('!');
    return { isNegated, matches: compilePattern(isNegated ? word.text.slice(1) : word.text) };
  });
  const matches = ({ host }: Subject) => {
    let isMatch = false;
    for (const pattern of patterns) {
      if (!pattern.matches(host)) continue;
      if (pattern.isNegated) return false;
      isMatch = true;
    }
    return isMatch;
  };
  return { matches, wantsFinal: false };
}

type Criterion = (subject: Subject) => Verdict;

/** Throws LockstepError `usage`. */
export function matchCondition(line: Line): Condition {
  const words = splitEquals(line.words);
  const criteria: Criterion[] = [];
  let wantsFinal = false;
  let attributes = 0;
  while (words.length > 0) {
    const word = words.shift() as Word;
    const isNegated = word.text.startsWith('!');
    const name = word.text.replace(/^!/, '').toLowerCase();
    if (name === 'all') {
      if (attributes > 1 || words.length > 0) throw allAmongOthers(word);
      criteria.push(() => !isNegated);
      attributes += 1;
      break;
    }
    attributes += 1;
    if (name === 'final' && !isNegated) wantsFinal = true;
    const criterion =
      name === 'final' || name === 'canonical' ? isFinalPass : takeCriterion(name, word, words);
    criteria.push(isNegated ? negate(criterion) : criterion);
  }
  if (attributes === 0) throw mistake(line.rest.place, 'Match without a criterion', `expected ${EXPECTED}`);
  return { matches: (subject) => allOf(criteria, subject), wantsFinal };
}

const EXPECTED = 'all, host, originalhost, user, localuser, tagged, exec, canonical or final';

/** One false criterion decides, so that nobody need ask about an unknown one. */
function allOf(criteria: readonly Criterion[], subject: Subject): Verdict {
  let unknown: Verdict | undefined;
  for (const criterion of criteria) {
    const verdict = criterion(subject);
    if (verdict === false) return false;
    if (verdict !== true) unknown ??= verdict;
  }
  return unknown ?? true;
}

const isFinalPass: Criterion = ({ isFinal }) => isFinal;

function negate(criterion: Criterion): Criterion {
  return (subject) => {
    const verdict = criterion(subject);
    return typeof verdict === 'boolean' ? !verdict : verdict;
  };
}

function takeCriterion(name: string, word: Word, words: Word[]): Criterion {
  const argument = words.shift();
  const isKnown = Object.hasOwn(CRITERIA, name) || NOT_DECIDED_HERE.has(name);
  if (!isKnown) throw unexpected(word, EXPECTED);
  if (argument === undefined || (argument.text === '' && name !== 'tagged' && name !== 'command'))
    throw mistake(argument?.place ?? word.place, `Match ${name} has no value`, 'expected one behind it');
  const criterion = CRITERIA[name]?.(argument.text);
  if (criterion !== undefined) return criterion;
  const unknown: Word = { text: `Match ${name}`, place: word.place };
  return () => ({ unknown });
}

const CRITERIA: Readonly<Record<string, (argument: string) => Criterion>> = {
  host: (argument) => {
    const list = compileList(argument.toLowerCase());
    return (subject) => list(subject.hostName().toLowerCase());
  },
  originalhost: (argument) => {
    const list = compileList(argument.toLowerCase());
    return ({ given }) => list(given.toLowerCase());
  },
  user: (argument) => {
    const list = compileList(argument);
    return (subject) => list(subject.user());
  },
  localuser: (argument) => {
    const list = compileList(argument);
    return ({ localUser }) => list(localUser);
  },
  tagged: (argument) => {
    const list = compileList(argument);
    return (subject) => (subject.tag() === '' ? argument === '' : list(subject.tag()));
  },
};

/** These criteria run programs, or need facts that only OpenSSH knows of itself. */
const NOT_DECIDED_HERE: ReadonlySet<string> = new Set([
  'exec',
  'localnetwork',
  'version',
  'command',
  'sessiontype',
]);

/** `host=web*`, as OpenSSH allows it. */
function splitEquals(words: readonly Word[]): Word[] {
  return words.flatMap((word) => {
    const parts = /^(!?[a-z]+)=(.*)$/is.exec(word.text);
    if (parts === null) return [word];
    const [, name = '', value = ''] = parts;
    const place: Position = { ...word.place, column: word.place.column + name.length + 1 };
    return [
      { text: name, place: word.place },
      { text: value, place },
    ];
  });
}

function allAmongOthers(word: Word): LockstepError {
  return mistake(
    word.place,
    quoteInput(word.text),
    'expected it to stand alone, or behind canonical or final',
  );
}
