/**
 * Cuts a template into texts and actions, as Go's text/template does with the delimiters `{` and `}`: a string in an
 * action may hold a `}`, an action may be a comment as in C, and a `-` at its edge swallows the blanks beside it. Pure.
 */
import { quoteInput } from '../../text/quote-input.ts';
import { sanitiseText } from '../../text/sanitise.ts';

export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'sign'; readonly sign: '(' | ')' | '|' };

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** `source`: the action as written, for messages. */
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly source: string };

/** Throws a TemplateError that names the part that it cannot read, or that a terminal would obey. */
export function readPieces(template: string): Piece[] {
  refuseControls(template);
  const pieces: Piece[] = [];
  let at = 0;
  let isTrimming = false;
  const addText = (text: string) => {
    const trimmed = isTrimming ? text.trimStart() : text;
    if (trimmed !== '') pieces.push({ kind: 'text', text: trimmed });
  };
  for (;;) {
    const open = template.indexOf('{', at);
    if (open < 0) break;
    const text = template.slice(at, open);
    addText(/^\{-\s/.test(template.slice(open, open + 3)) ? text.trimEnd() : text);
    const action = readAction(template, open);
    if (!action.isComment) pieces.push(action.piece);
    isTrimming = /\s-\}$/.test(action.piece.source);
    at = open + action.piece.source.length;
  }
  addText(template.slice(at));
  return pieces;
}

/** A mistake in a template; the message names the part. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Also for the result of an escape such as `\u001b`. A tab is allowed. */
export function refuseControls(text: string): void {
  if (sanitiseText(text) === text && !text.includes('\n')) return;
  throw new TemplateError('it holds a control character; colours are set with {fg 33}, {bold} and the like');
}

interface ReadAction {
  readonly piece: Extract<Piece, { kind: 'action' }>;
  readonly isComment: boolean;
}

function readAction(template: string, open: number): ReadAction {
  const comment = matchAt(/\{(?:-\s+)?\/\*[\s\S]*?\*\/(?:\s+-)?\}/y, template, open);
  if (comment !== undefined) {
    return { piece: { kind: 'action', tokens: [], source: comment }, isComment: true };
  }
  const tokens: Token[] = [];
  let at = open + (matchAt(/\{-(?=\s)/y, template, open)?.length ?? 1);
  for (;;) {
    at += matchAt(/\s+/y, template, at)?.length ?? 0;
    const end = matchAt(/(?:(?<=\s)-)?\}/y, template, at);
    if (end !== undefined) {
      const source = template.slice(open, at + end.length);
      return { piece: { kind: 'action', tokens, source }, isComment: false };
    }
    const word = matchAt(WORD, template, at);
    if (word === undefined) throw unreadable(template, open, at);
    tokens.push(toToken(word));
    at += word.length;
  }
}

/** A string, a raw string, a number, a field, a name, or a sign. */
const WORD =
  /"(?:[^"\\\n]|\\.)*"|`[^`]*`|[+-]?\d{1,9}(?![\w.])|\.[A-Za-z_]\w*(?![\w.])|[A-Za-z_]\w*(?![\w.])|[()|]/y;

function toToken(word: string): Token {
  const first = word.charAt(0);
  if (first === '"') return { kind: 'text', text: readEscapes(word.slice(1, -1)) };
  if (first === '`') return { kind: 'text', text: word.slice(1, -1) };
  if (first === '.') return { kind: 'field', text: word.slice(1) };
  if (first === '(' || first === ')' || first === '|') return { kind: 'sign', sign: first };
  return /\d$/.test(word) && /^[-+\d]/.test(word)
    ? { kind: 'number', number: Number(word) }
    : { kind: 'word', text: word };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

function readEscapes(text: string): string {
  const meant = text.replace(
    /\\(?:u([\da-fA-F]{4})|(.))/g,
    (whole, code: string | undefined, letter: string) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      const character = ESCAPES[letter];
      if (character === undefined)
        throw new TemplateError(`${quoteInput(whole)} in a string is not supported`);
      return character;
    },
  );
  refuseControls(meant);
  return meant;
}

function matchAt(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

function unreadable(template: string, open: number, at: number): TemplateError {
  if (at >= template.length) return new TemplateError(`${quoteInput(template.slice(open))} has no end`);
  const part = /^\S+/.exec(template.slice(at).replace(/\}.*$/s, ''))?.[0] ?? template.charAt(at);
  return new TemplateError(`${quoteInput(part)} is not supported`);
}
