/**
 * `--shell`: a line of sh in which `{}` stands for the command. How the command is written there depends on the quotes
 * around the place, so that whoever reads that word gets exactly the command. Pure.
 */
import { LockstepError } from '../../core/errors.ts';

export interface Filled {
  readonly line: string;
  /** The command stands in it without quotes, for the shell that reads the line. */
  readonly isBare: boolean;
}

/** `text` in the place of each `{}`. Throws as `checkTemplate` does. */
export function fillTemplate(template: string, text: string): Filled {
  const [first = '', ...rest] = template.split(MARK);
  let [line, before] = [first, first];
  let isBare = false;
  for (const piece of rest) {
    const { quoting, word } = placeAfter(before);
    isBare ||= quoting === 'none';
    line += `${written(word === '' ? asCommand(text) : text, quoting)}${piece}`;
    before += `${MARK}${piece}`;
  }
  return { line, isBare };
}

/** Throws LockstepError `usage` for a template that does not say what the command is to be. */
export function checkTemplate(template: string): void {
  if (template === '') return;
  if (!template.includes(MARK)) throw refusal('does not have {}, which stands for the command');
  const { state } = scan(template);
  if (state === 'single' || state === 'double' || state === 'ansi' || state === 'backticks')
    throw refusal('has a quote that is not closed');
  fillTemplate(template, '');
}

/** A shell takes a command that begins with - or + for its options; behind an empty line it is one. */
export function asCommand(text: string): string {
  return /^[-+]/.test(text) ? `\n${text}` : text;
}

const MARK = '{}';

type Quoting = 'none' | 'single' | 'double';

function written(text: string, quoting: Quoting): string {
  if (quoting === 'single') return text.replaceAll("'", `'"'"'`);
  return quoting === 'double' ? text.replaceAll(/["$`\\]/g, '\\$&') : text;
}

/** What may stand before a bare `{}`: it is a whole line there, and behind a program it would be cut into words and commands. */
const LEADING = /^(?:(?:!|\{|if|then|elif|else|while|until|do)(?:\s+|$))*$/;

/** What stands around a `{}` behind this text; `word`: what the word says so far, to be read by whom it is given to. */
function placeAfter(before: string): { quoting: Quoting; word: string } {
  const { state, word, start } = scan(before);
  if (state !== 'none' && state !== 'single' && state !== 'double') throw refusal(`has {} ${WHERE[state]}`);
  if (state === 'none') {
    const leading = before.slice(start).trim();
    if (!LEADING.test(leading)) throw refusal(`has {} without quotes behind ${JSON.stringify(leading)}`);
    return { quoting: 'none', word: before };
  }
  const inner = scan(word).state;
  if (inner === 'single' || inner === 'double') throw refusal('has {} in quotes within quotes');
  if (inner !== 'none') throw refusal(`has {} ${WHERE[inner]}`);
  return { quoting: state, word };
}

type State = Quoting | 'escape' | 'comment' | 'ansi' | 'substitution' | 'backticks' | 'document';

const WHERE: Readonly<Record<Exclude<State, Quoting>, string>> = {
  escape: 'behind a backslash',
  comment: 'in a comment',
  ansi: "in $'…'",
  substitution: 'in a substitution within double quotes',
  backticks: 'in backticks',
  document: 'in a here-document',
};

/** Reads a line of sh up to its end: in which quotes that is, the word there, without its quotes, and where its command begins. */
function scan(text: string): { state: State; word: string; start: number } {
  let [state, word, start]: [State, string, number] = ['none', '', 0];
  const documents: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const [char = '', next] = [text[at], text[at + 1]];
    if (state === 'none') documents.push(...documentAt(text, at));
    if (state === 'comment' && char === '\n') state = 'none';
    if (state === 'comment') continue;
    if (char === '\\' && next === undefined && state !== 'single') {
      state = state === 'double' ? state : 'escape';
      word += char;
    } else if (char === '\\' && (state === 'none' || state === 'ansi')) {
      word += text[++at];
    } else if (state === 'none') {
      if (char === "'") state = text[at - 1] === '$' ? 'ansi' : 'single';
      else if (char === '"') state = 'double';
      else if (char === '#' && word === '') state = 'comment';
      else if (char === '`') {
        const whole = BACKTICKS.exec(text.slice(at))?.[0];
        if (whole === undefined) return { state: 'backticks', word, start };
        [at, word] = [at + whole.length - 1, `${word}x`];
      } else if (char === '\n' && documents.length > 0) {
        const end = endOfDocuments(text, at, documents.splice(0));
        if (end === undefined) return { state: 'document', word: '', start };
        [at, word, start] = [end, '', end + 1];
      } else word = SEPARATOR.test(char) ? '' : word + char;
      if (NEXT_COMMAND.test(char)) start = at + 1;
    } else if (state === 'double') {
      const whole = SUBSTITUTION.exec(text.slice(at))?.[0];
      if (char === '"') state = 'none';
      else if (char === '\\' && ESCAPABLE.includes(next ?? ' ')) word += text[++at];
      else if (whole === undefined) word += char;
      else if (whole.length > 2) [at, word] = [at + whole.length - 1, `${word}x`];
      else return { state: 'substitution', word, start };
    } else if (char === "'") {
      state = 'none';
    } else {
      word += char;
    }
  }
  return { state, word, start };
}

/** What ends the here-document that begins in this place. */
function documentAt(text: string, at: number): string[] {
  const end = /(?<!<)<<(?!<)-?[ \t]*([^\s;&|()<>]+)/y;
  end.lastIndex = at;
  const found = end.exec(text)?.[1];
  return found === undefined ? [] : [found.replaceAll(/['"\\]/g, '')];
}

/** Where the last of those whose text begins behind this newline ends; undefined: not in this text. */
function endOfDocuments(text: string, newlineAt: number, ends: readonly string[]): number | undefined {
  let at = newlineAt;
  for (const end of ends) {
    do {
      at = text.indexOf('\n', at) + 1;
      if (at === 0) return undefined;
    } while (text.slice(at).split('\n', 1)[0]?.replace(/^\t+/, '') !== end);
  }
  return at + (text.slice(at).split('\n', 1)[0]?.length ?? 0) - 1;
}

const SEPARATOR = /[\s;&|()<>]/;
const NEXT_COMMAND = /[\n;&|()]/;
const ESCAPABLE = '"$`\\';
const BACKTICKS = /^`(?:[^`\\]|\\[\s\S])*`/;
/** A whole one, or its first characters. */
const SUBSTITUTION = /^(?:\$\([^()'"`\\]*\)|\$\{[^{}'"`\\]*\}|`[^`'"\\]*`|\$[({]|`)/;

function refusal(why: string): LockstepError {
  return new LockstepError('usage', `--shell ${why}`, {
    hint: "give it to a shell of its own, in quotes, where it stands as in a script: nice bash -c 'set -e; {}'",
  });
}
