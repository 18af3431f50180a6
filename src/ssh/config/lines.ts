/**
 * One line of an ssh_config as OpenSSH reads it (readconf.c, argv_split): a keyword, then words. Each word has its
 * column, since a message about a mistake names its place.
 */
import { LockstepError } from '../../core/errors.ts';

export interface Position {
  readonly file: string;
  /** Counted from 1; 0: an option of the command line. */
  readonly line: number;
  readonly column: number;
}

export interface Word {
  readonly text: string;
  readonly place: Position;
}

export interface Line {
  /** In lower case. */
  readonly keyword: string;
  /** The keyword as written. */
  readonly written: string;
  readonly place: Position;
  readonly words: readonly Word[];
  /** Everything behind the keyword, with its quotes; a command is taken from here. */
  readonly rest: Word;
}

/** Undefined for a blank line or a comment. Throws LockstepError `usage`. */
export function readLine(raw: string, file: string, line: number): Line | undefined {
  const text = raw.replace(/[ \t\r\n\f]+$/, '');
  const head = /^[ \t\r]*(?:"([^"]*)"|([^ \t\r"=#][^ \t\r"=]*))/.exec(text);
  const at = (column: number): Position => ({ file, line, column: column + 1 });
  if (head === null) {
    if (/^[ \t\r]*(?:#|$)/.test(text)) return undefined;
    throw mistake(at(0), 'no keyword', 'expected a keyword and its value');
  }
  const written = head[1] ?? head[2] ?? '';
  const restAt = head[0].length + (/^[ \t\r]*=?[ \t\r]*/.exec(text.slice(head[0].length))?.[0].length ?? 0);
  const place = at(/\S/.exec(text)?.index ?? 0);
  if (restAt === text.length) throw mistake(at(restAt), `${written} has no value`, 'expected one behind it');
  const rest = { text: text.slice(restAt), place: at(restAt) };
  return { keyword: written.toLowerCase(), written, place, words: splitWords(text, restAt, at), rest };
}

/** Makes the error for a word: the mistake, and what belongs there; `expected` begins with the word. */
export function mistake(place: Position, what: string, expected: string): LockstepError {
  return new LockstepError('usage', `${positionText(place)}: ${what}; ${expected}`, {
    hint: 'ssh_config(5) has every keyword; --ssh-config none reads no file',
  });
}

export function positionText({ file, line, column }: Position): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

/** Both quotes join words; a backslash escapes a quote, a backslash, and a blank outside quotes. A `#` that begins a word ends the line. */
function splitWords(text: string, from: number, at: (column: number) => Position): Word[] {
  const words: Word[] = [];
  let next = from;
  for (;;) {
    while (text[next] === ' ' || text[next] === '\t') next++;
    if (next >= text.length || text[next] === '#') return words;
    const begin = next;
    let word = '';
    let quote: { readonly sign: string; readonly column: number } | undefined;
    for (; next < text.length; next++) {
      const sign = text[next] ?? '';
      const after = text[next + 1] ?? '';
      if (sign === '\\' && (/['"\\]/.test(after) || (quote === undefined && after === ' '))) {
        word += after;
        next++;
      } else if (quote === undefined && (sign === ' ' || sign === '\t')) {
        break;
      } else if (quote === undefined && (sign === '"' || sign === "'")) {
        quote = { sign, column: next };
      } else if (sign === quote?.sign) {
        quote = undefined;
      } else {
        word += sign;
      }
    }
    if (quote !== undefined)
      throw mistake(at(quote.column), 'a quote is not closed', `expected ${quote.sign} before the line ends`);
    words.push({ text: word, place: at(begin) });
  }
}
