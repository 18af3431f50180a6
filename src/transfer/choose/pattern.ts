/**
 * One pattern in the language of .gitignore, as a regular expression. Git matches by bytes, this by characters.
 * `test/unit/transfer/choose/pattern.test.ts` compares it with git itself. Pure.
 */

export interface Pattern {
  /** It begins with `!`: what it matches is sent, whatever patterns before it say. */
  readonly keeps: boolean;
  /** It ends in a slash, and matches directories only. */
  readonly isOfDirectories: boolean;
  /** It has no slash, but at its end: it matches names, in any directory. Else it matches paths. */
  readonly isOfNames: boolean;
  /** The one text that it matches, where it has no special characters. */
  readonly literal: string | undefined;
  /** The source of a regular expression for the whole text, with the flags `su`; its groups are called `s0` and so on. */
  readonly source: string;
}

/**
 * `start`: the path from which a pattern counts that has a slash in it but does not begin with one; it ends in a slash, or is empty.
 * Undefined for a pattern with which git matches nothing.
 */
export function readPattern(written: string, start = ''): Pattern | undefined {
  const keeps = written.startsWith('!');
  const signless = keeps ? written.slice(1) : written;
  const isOfDirectories = signless.endsWith('/');
  const text = isOfDirectories ? signless.slice(0, -1) : signless;
  const isOfNames = !text.includes('/');
  const path = text.replace(/^\//, '');
  if (path === '') return undefined;
  const before = isOfNames || text.startsWith('/') || text.startsWith('**/') ? '' : start;
  const common = { keeps, isOfDirectories, isOfNames };
  if (!/[*?[\\]/.test(path)) return { ...common, literal: before + path, source: plain(before + path) };
  const source = sourceOf(path);
  return source === undefined ? undefined : { ...common, literal: undefined, source: plain(before) + source };
}

/** Escapes the text. A dash is written by its number, which is allowed inside and outside of brackets; `<` would begin a group's name. */
function plain(text: string): string {
  return text
    .replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&')
    .replaceAll('-', '\\x2d')
    .replaceAll('<', '\\x3c');
}

/** The expression; undefined where a bracket is not closed, a class has an unknown name, or a backslash is last. */
function sourceOf(pattern: string): string | undefined {
  const characters = [...pattern];
  const pieces: Piece[] = [];
  for (let at = 0; at < characters.length; ) {
    const read = readPiece(characters, at);
    if (read === undefined) return undefined;
    pieces.push(read);
    at = read.end;
  }
  return joinPieces(pieces);
}

interface Piece {
  readonly source: string;
  /** `star`: any characters in one part of a path. `parts`: any parts with their slashes. None: one character, or a last `**`. */
  readonly kind?: 'star' | 'parts';
  /** Where the next piece begins. */
  readonly end: number;
}

function readPiece(pattern: readonly string[], at: number): Piece | undefined {
  const character = pattern[at] ?? '';
  if (character === '*') return readStars(pattern, at);
  if (character === '?') return { source: '[^/]', end: at + 1 };
  if (character === '[') return readBracket(pattern, at + 1);
  if (character !== '\\') return { source: plain(character), end: at + 1 };
  const escaped = pattern[at + 1];
  return escaped === undefined ? undefined : { source: plain(escaped), end: at + 2 };
}

/**
 * Joins pieces so that a match takes little time, whatever the pattern. The text between two stars is matched at the first place
 * where it fits, and no other place is tried: its length is fixed, in characters or in parts of the path, so a later place would only
 * leave less room to what follows. If all places were tried, `*a*b*c` would take time that grows with a power of the name's length.
 */
function joinPieces(pieces: readonly Piece[]): string {
  let groups = 0;
  const once = (source: string) => `(?=(?<s${groups}>${source}))\\k<s${groups++}>`;
  const join = (
    all: readonly Piece[],
    kind: Piece['kind'],
    before: string,
    inner: (part: Piece[]) => string,
  ) => {
    const [first = [], ...others] = split(all, kind);
    const last = others.length - 1;
    return others.reduce((source, part, index) => {
      if (index < last) return source + once(before + inner(part));
      return source + (kind === 'star' ? '[^/]*' : '(?:.*/)?') + inner(part);
    }, inner(first));
  };
  const plainly = (part: readonly Piece[]) => part.map(({ source }) => source).join('');
  const ofPath = (part: readonly Piece[]) =>
    splitAtSlashes(part)
      .map((name) => join(name, 'star', '[^/]*?', plainly))
      .join('\\/');
  return join(pieces, 'parts', '(?:[^/]*/)*?', ofPath);
}

function split(pieces: readonly Piece[], kind: Piece['kind']): Piece[][] {
  return splitAt(pieces, (piece) => piece.kind === kind);
}

function splitAtSlashes(pieces: readonly Piece[]): Piece[][] {
  return splitAt(pieces, ({ source }) => source === SLASH);
}

function splitAt(pieces: readonly Piece[], isBetween: (piece: Piece) => boolean): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (isBetween(piece)) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

const SLASH = plain('/');

/** Two or more stars that are a whole part of the path stand for any parts; elsewhere stars in a row are as one. */
function readStars(pattern: readonly string[], at: number): Piece {
  let end = at;
  while (pattern[end] === '*') end++;
  const isPart = (at === 0 || pattern[at - 1] === '/') && (end === pattern.length || pattern[end] === '/');
  if (end - at < 2 || !isPart) return { source: '[^/]*', kind: 'star', end };
  return end === pattern.length ? { source: '.*', end } : { source: '(?:.*/)?', kind: 'parts', end: end + 1 };
}

/** `at`: behind the `[`. A bracket never matches a slash. */
function readBracket(pattern: readonly string[], at: number): Piece | undefined {
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  const first = isNegated ? at + 1 : at;
  let members = '';
  for (let next = first; next < pattern.length; ) {
    if (pattern[next] === ']' && next > first) {
      const source = isNegated ? `[^/${members}]` : `(?!/)[${members}]`;
      return { source, end: next + 1 };
    }
    const read = readMember(pattern, next);
    if (read === undefined) return undefined;
    members += read.source;
    next = read.end;
  }
  return undefined;
}

/** A class, a range, or one character of a bracket. */
function readMember(pattern: readonly string[], at: number): Piece | undefined {
  if (pattern[at] === '[' && pattern[at + 1] === ':') {
    const close = pattern.indexOf(']', at + 2);
    if (close < 0) return undefined;
    if (pattern[close - 1] === ':' && close > at + 2) {
      const source = CLASSES.get(pattern.slice(at + 2, close - 1).join(''));
      return source === undefined ? undefined : { source, end: close + 1 };
    }
  }
  const from = readOne(pattern, at);
  if (from === undefined) return undefined;
  const isRange = pattern[from.end] === '-' && ![undefined, ']'].includes(pattern[from.end + 1]);
  const to = isRange ? readOne(pattern, from.end + 1) : undefined;
  if (!isRange) return { source: plain(from.character), end: from.end };
  if (to === undefined) return undefined;
  // As git has it, a range that runs backwards stands for its first character alone.
  const runs = (from.character.codePointAt(0) ?? 0) <= (to.character.codePointAt(0) ?? 0);
  const source = runs ? `${plain(from.character)}-${plain(to.character)}` : plain(from.character);
  return { source, end: to.end };
}

function readOne(
  pattern: readonly string[],
  at: number,
): { readonly character: string; readonly end: number } | undefined {
  const isEscape = pattern[at] === '\\';
  const character = pattern[isEscape ? at + 1 : at];
  return character === undefined ? undefined : { character, end: at + (isEscape ? 2 : 1) };
}

const CLASSES = new Map([
  ['alnum', 'A-Za-z0-9'],
  ['alpha', 'A-Za-z'],
  ['blank', ' \\t'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', ' \\t-\\r'],
  ['upper', 'A-Z'],
  ['xdigit', 'A-Fa-f0-9'],
]);
