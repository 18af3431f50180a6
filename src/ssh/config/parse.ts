/** Parses the text of an ssh_config into sections: which hosts, and what for them. The caller reads Includes. */
import { quoteInput } from '../../text/quote-input.ts';
import { isPassedOver, KEYWORDS, type Keyword, keywordOf } from './keywords.ts';
import { type Line, mistake, type Position, readLine, type Word } from './lines.ts';
import { ALWAYS, type Condition, hostCondition, matchCondition } from './match.ts';
import { compileList } from './pattern.ts';
import { unexpected } from './values.ts';

export type Directive =
  | {
      readonly kind: 'value';
      readonly keyword: Keyword;
      readonly values: readonly string[];
      readonly place: Position;
    }
  /** lockstep does not know this keyword; OpenSSH may. */
  | { readonly kind: 'unknown'; readonly written: Word }
  | { readonly kind: 'include'; readonly paths: readonly Word[]; files: readonly (readonly Section[])[] };

export interface Section {
  readonly condition: Condition;
  readonly directives: Directive[];
}

/** State that files share while they include each other. */
export interface Reading {
  /** `IgnoreUnknown` of all lines so far. */
  readonly ignored: ((keyword: string) => boolean)[];
  onUnknown(written: Word): void;
}

/** Throws LockstepError `usage` for the first mistake. */
export function parseConfig(text: string, file: string, reading: Reading): Section[] {
  // Lines before the first Host or Match count wherever the file is read.
  const sections: Section[] = [{ condition: ALWAYS, directives: [] }];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = readLine(raw, file, index + 1);
    if (line === undefined) continue;
    const condition = conditionOf(line);
    if (condition !== undefined) sections.push({ condition, directives: [] });
    else sections.at(-1)?.directives.push(...parseDirective(line, reading));
  }
  return sections;
}

/** Parses `Key=value` of the command line; its mistakes name `source`. Throws LockstepError `usage`. */
export function parseOption(written: string, reading: Reading, source: string): Directive[] {
  const place = { file: source, line: 0, column: 0 };
  if (/[\n\0]/.test(written)) throw mistake(place, 'it has more than one line', 'expected Keyword=value');
  const line = readLine(written, source, 0);
  if (line === undefined) throw mistake(place, 'no keyword', 'expected Keyword=value');
  if (line.keyword === 'include' || conditionOf(line) !== undefined)
    throw mistake(line.place, `${line.written} is for files`, 'expected another keyword');
  const directives = parseDirective(line, { ...reading, onUnknown: refuseUnknown });
  return directives;
}

function refuseUnknown(written: Word): never {
  throw unexpected(written, 'a keyword of ssh_config(5)');
}

function conditionOf(line: Line): Condition | undefined {
  if (line.keyword === 'host') return hostCondition(line);
  return line.keyword === 'match' ? matchCondition(line) : undefined;
}

function parseDirective(line: Line, reading: Reading): Directive[] {
  const { keyword: name, written, place, words } = line;
  if (name === 'include') {
    for (const word of words) if (word.text === '') throw unexpected(word, 'the path of a file');
    // OpenSSH expands tokens and variables here in some versions, and not in others.
    const asked = words.find(({ text }) => /%|\$\{/.test(text));
    const unknown = asked && { text: `Include ${quoteInput(asked.text)}`, place: asked.place };
    return [
      ...(unknown === undefined ? [] : [{ kind: 'unknown', written: unknown } as const]),
      { kind: 'include', paths: words, files: [] },
    ];
  }
  if (name === 'ignoreunknown') {
    reading.ignored.push(compileList(words.map((word) => word.text.toLowerCase()).join(',')));
    return [];
  }
  const keyword = keywordOf(name);
  if (keyword !== undefined)
    return [{ kind: 'value', keyword, values: KEYWORDS[keyword](line), place: line.rest.place }];
  if (isPassedOver(name) || reading.ignored.some((matches) => matches(name))) return [];
  const unknown = { text: written, place };
  reading.onUnknown(unknown);
  return [{ kind: 'unknown', written: unknown }];
}
