/**
 * Reads a node's answers to the questions of `wanted.ts`: what `stat` prints of each path where something lies, in order, and nothing
 * of the others. Names may hold anything, newlines too. So the reader looks for the names that it has asked for, and takes the target
 * of a link to be as long as the link's size says. Pure.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import { type AskedPaths, OrderedAnswers, quoted } from './ordered-answers.ts';

/** What lies at one path of a node. */
export interface Seen {
  /** `st_mode` whole. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** How many names it has. */
  readonly links: number;
  readonly mtimeNs: bigint;
  /** Its device and its number on it. */
  readonly inode: string;
  /** Of a symbolic link, where `stat` prints it unchanged; its bytes as Latin-1. */
  readonly target: string | undefined;
}

/** The format with which `stat -c` runs on a node. */
export const SEEN_FORMAT = '%f %u %g %s %h %d %i %Y %y %N';

const FACTS =
  /([0-9a-f]+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (-?\d+) (?:[\d-]+ [\d:]+(?:\.(\d+))?(?: [+-]\d+)?|-?\d+(?:\.(\d+))?) /y;

const FACTS_CHARS_MAX = 250;

/** A line of `look.pl`. `=AT COUNT`: so many paths from AT on are as expected. `@AT`: the answer about that path follows. */
const NUMBERS = /[=@](\d+)(?: (\d+))?\n/y;

/** The longest answer: facts, a name and a target, and the facts of the next answer. */
const ANSWER_CHARS_MAX = 2 * (FACTS_CHARS_MAX + LIMITS.pathBytesMax);

const KIND = 0o170000;
const LINK = 0o120000;
const NS_DIGITS = 9;

type OnSeen = (at: number, seen: Seen) => void;

export class SeenReader extends OrderedAnswers {
  readonly #onSeen: OnSeen;
  readonly #onExpected: ((at: number) => void) | undefined;

  /**
   * `onSeen` gets the place of a path among those that were asked for. `onExpected` is given where the node runs `look.pl`, and gets the
   * place of each path that is as expected.
   */
  constructor(asked: AskedPaths, onSeen: OnSeen, onExpected?: (at: number) => void) {
    super(asked, ANSWER_CHARS_MAX);
    this.#onSeen = onSeen;
    this.#onExpected = onExpected;
  }

  /** The last path, which every node has: without an answer about it, `stat` may not have come to the paths before it either. */
  get missing(): string | undefined {
    return this.next < this.asked.length ? quoted(this.asked.pathAt(this.asked.length - 1)) : undefined;
  }

  protected override readOne(text: string, from: number, isAll: boolean): number | undefined {
    if (this.#onExpected !== undefined) return this.#readNumbered(text, from, this.#onExpected);
    // What follows the last answer may be words of another program.
    if (isAll && !isAnswer(text, from)) return undefined;
    FACTS.lastIndex = from;
    const facts = FACTS.exec(text);
    if (facts !== null) {
      const nameAt = FACTS.lastIndex;
      const { length } = this.asked;
      for (let at = this.next; at < length; at++) {
        const found = findName(text, nameAt, {
          name: this.asked.pathAt(at),
          targetChars: targetChars(facts),
        });
        // "a" and "a<newline>b" may both be names, so the name that was found ends only where the next answer begins.
        if (found === undefined || (at < length - 1 && !isAnswer(text, found.end))) continue;
        this.next = at + 1;
        this.#onSeen(at, seenOf(facts, found.target));
        return found.end;
      }
    }
    throw strange(text, from);
  }

  #readNumbered(text: string, from: number, onExpected: (at: number) => void): number | undefined {
    NUMBERS.lastIndex = from;
    const [line, number, count] = NUMBERS.exec(text) ?? [];
    if (line === undefined) return undefined;
    const first = Number(number);
    const end = first + Number(count ?? 1);
    if (first < this.next || end > this.asked.length) throw strange(text, from);
    this.next = end;
    const behind = from + line.length;
    if (count === undefined) return this.#readNamed(text, behind, first);
    for (let at = first; at < end; at++) onExpected(at);
    return behind;
  }

  #readNamed(text: string, from: number, at: number): number {
    FACTS.lastIndex = from;
    const facts = FACTS.exec(text);
    const name = this.asked.pathAt(at);
    const found = facts && findName(text, FACTS.lastIndex, { name, targetChars: targetChars(facts) });
    if (!facts || !found) throw strange(text, from);
    this.#onSeen(at, seenOf(facts, found.target));
    return found.end;
  }
}

function strange(text: string, from: number): Error {
  return new Error(`stat answers ${JSON.stringify(text.slice(from, from + FACTS_CHARS_MAX))}`);
}

function targetChars([, mode = '', , , size = '']: RegExpExecArray): number | undefined {
  return (Number.parseInt(mode, 16) & KIND) === LINK ? Number(size) : undefined;
}

interface Found {
  /** Behind the newline. */
  readonly end: number;
  readonly target: string | undefined;
}

/** Finds the name, and the target of a link. GNU stat is told to quote nothing; busybox and old ones put apostrophes around both. */
function findName(
  text: string,
  nameAt: number,
  { name, targetChars }: { name: string; targetChars: number | undefined },
): Found | undefined {
  const quote = text.startsWith(name, nameAt) ? '' : "'";
  if (!text.startsWith(quote + name + quote, nameAt)) return undefined;
  const behind = nameAt + name.length + 2 * quote.length;
  if (targetChars === undefined)
    return text[behind] === '\n' ? { end: behind + 1, target: undefined } : undefined;
  const arrow = ` -> ${quote}`;
  if (!text.startsWith(arrow, behind)) return undefined;
  const target = text.slice(behind + arrow.length, behind + arrow.length + targetChars);
  const end = behind + arrow.length + targetChars;
  if (text.startsWith(`${quote}\n`, end)) return { end: end + quote.length + 1, target };
  // The links in /proc have size 0, whatever their target.
  const line = text.indexOf('\n', behind);
  return line < 0 ? undefined : { end: line + 1, target: undefined };
}

function isAnswer(text: string, at: number): boolean {
  FACTS.lastIndex = at;
  return FACTS.test(text);
}

function seenOf(facts: RegExpExecArray, target: string | undefined): Seen {
  const [, mode = '', uid, gid, size, links, device, number, seconds = '0'] = facts;
  const fraction = (facts[9] ?? facts[10] ?? '').padEnd(NS_DIGITS, '0').slice(0, NS_DIGITS);
  return {
    mode: Number.parseInt(mode, 16),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    links: Number(links),
    mtimeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction),
    inode: `${device}:${number}`,
    target,
  };
}
