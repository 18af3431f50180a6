/**
 * `web[01-20,30].dc{1,2}` → the 42 names that it stands for, the first part counting slowest. Pure; folding names
 * (`src/text/fold-names.ts`) is the way back. A part in brackets has numbers and ranges of them, FROM-TO or
 * FROM-TO/STEP, and keeps the zeros of FROM; a part in braces has words. Brackets at the beginning of a host are an
 * IPv6 address, or a node's id, and no range.
 */
import { LIMITS } from '../core/limits/limits.ts';
import { Refusal } from './refusal.ts';

/** Returns at least one name. Throws Refusal, with the position of the mistake. */
export function expandRanges(text: string): string[] {
  const start = hostStart(text);
  if (text[0] === '[' || text[start] === '[' || !/[[\]{}]/.test(text)) return [text];
  if (text.length > LIMITS.rangeCharsMax)
    throw new Refusal(`a range has at most ${LIMITS.rangeCharsMax} characters`, RANGE_HINT);
  const parts = readParts(text, start);
  checkSize(parts);
  return parts.reduce<string[]>(
    (names, words) => names.flatMap((name) => words.map((word) => name + word)),
    [''],
  );
}

const RANGE_HINT = 'a range is web[01-20,30], web[0-20/2] or {db,web}1';

/** A user is never a range. */
function hostStart(text: string): number {
  return text.indexOf('@') + 1;
}

/** The words that may stand for each part. */
function readParts(text: string, start: number): string[][] {
  const parts = [[text.slice(0, start)]];
  let at = start;
  while (at < text.length) {
    const open = nextOpening(text, at);
    parts.push([text.slice(at, open)]);
    if (open === text.length) break;
    const closing = text[open] === '[' ? ']' : '}';
    const end = text.indexOf(closing, open);
    if (end < 0) throw wrong(`'${text[open]}' is not closed`, open);
    parts.push(closing === ']' ? readNumbers(text, open + 1, end) : readWords(text, open + 1, end));
    at = end + 1;
  }
  return parts;
}

function nextOpening(text: string, from: number): number {
  const found = text.slice(from).search(/[[\]{}]/);
  if (found < 0) return text.length;
  const at = from + found;
  if (/[\]}]/.test(text.charAt(at))) throw wrong(`'${text[at]}' closes nothing`, at);
  return at;
}

function readWords(text: string, from: number, to: number): string[] {
  return itemsOf(text, from, to).map(({ item, at }) => {
    const odd = item.search(/[[{]/);
    if (odd >= 0) throw wrong('nothing is opened inside braces', at + odd);
    if (item.includes('..')) throw wrong('numbers are counted in brackets, [1-9]', at);
    return item;
  });
}

function readNumbers(text: string, from: number, to: number): string[] {
  const numbers: string[] = [];
  for (const { item, at } of itemsOf(text, from, to)) {
    for (const number of countRange(item, at)) {
      numbers.push(number);
      if (numbers.length > LIMITS.nodesMax) throw tooMany();
    }
  }
  return numbers;
}

function itemsOf(text: string, from: number, to: number): { item: string; at: number }[] {
  let at = from;
  return text
    .slice(from, to)
    .split(',')
    .map((item) => {
      const found = { item, at };
      if (item === '') throw wrong('a part of the range is empty', at);
      at += item.length + 1;
      return found;
    });
}

function* countRange(item: string, at: number): Generator<string> {
  const [, first, last = first, step = '1'] = /^(\d{1,9})(?:-(\d{1,9})(?:\/(\d{1,9}))?)?$/.exec(item) ?? [];
  if (first === undefined || last === undefined) throw wrong('that is no range of numbers', at);
  const [from, to, by] = [Number(first), Number(last), Number(step)];
  if (from > to) throw wrong('the range ends before it begins', at);
  if (by === 0) throw wrong('the step is 0', at);
  // Only a leading zero says that the names have a width.
  const width = /^0\d/.test(first) ? first.length : 1;
  for (let value = from; value <= to; value += by) yield String(value).padStart(width, '0');
}

/** Before anything is multiplied: a typo must not ask for millions, nor for names that no host can have. */
function checkSize(parts: readonly string[][]): void {
  let names = 1;
  let chars = 0;
  for (const words of parts) {
    names *= words.length;
    chars += words.reduce((longest, word) => Math.max(longest, word.length), 0);
    if (names > LIMITS.nodesMax) throw tooMany();
  }
  const charsMax = LIMITS.userCharsMax + LIMITS.hostCharsMax + ':65535@'.length;
  if (chars > charsMax) throw new Refusal(`the host has more than ${LIMITS.hostCharsMax} characters`);
}

function tooMany(): Refusal {
  return new Refusal(`the range has more than ${LIMITS.nodesMax} names`, RANGE_HINT);
}

/** Counts characters from 1, as editors do. */
function wrong(message: string, at: number): Refusal {
  return new Refusal(`${message}, at character ${at + 1}`, RANGE_HINT);
}
