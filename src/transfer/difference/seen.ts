/**
 * What a node has answered to the questions of `wanted.ts`: what `stat` says of each path that is there, in order, and nothing of the
 * others. Names may hold anything, so an answer is read by what was asked: its name is one of those to come, and the target of a link is
 * as long as the link's size says. Pure.
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
  /** Device and number. */
  readonly inode: string;
  /** Of a symbolic link, where the node tells it as it is; its bytes as Latin-1. */
  readonly target: string | undefined;
}

/** As the `stat -c` of a node is asked. */
export const SEEN_FORMAT = '%f %u %g %s %h %d %i %Y %y %N';

const FACTS =
  /([0-9a-f]+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (-?\d+) (?:[\d-]+ [\d:]+(?:\.(\d+))?(?: [+-]\d+)?|-?\d+(?:\.(\d+))?) /y;

const FACTS_CHARS_MAX = 250;

/** What stands before an answer of `look.pl`: those that are as expected, or the one whose answer follows. */
const NUMBERS = /[=@](\d+)(?: (\d+))?\n/y;

/** No answer is longer: facts, a name and a target, and the facts of the next one. */
const ANSWER_CHARS_MAX = 2 * (FACTS_CHARS_MAX + LIMITS.pathBytesMax);

const KIND = 0o170000;
const LINK = 0o120000;
const NS_DIGITS = 9;

type OnSeen = (at: number, seen: Seen) => void;

export class SeenReader extends OrderedAnswers {
  readonly #onSeen: OnSeen;
  readonly #onExpected: ((at: number) => void) | undefined;

  /**
   * `onSeen` is told the place of the path among those that were asked for; so is `onExpected`, where the node was told what is
   * expected (`look.pl`), of those that are so.
   */
  constructor(asked: AskedPaths, onSeen: OnSeen, onExpected?: (at: number) => void) {
    super(asked, ANSWER_CHARS_MAX);
    this.#onSeen = onSeen;
    this.#onExpected = onExpected;
  }

  /** The last question has an answer on every node: without it others may not have been asked. */
  get missing(): string | undefined {
    return this.next < this.asked.length ? quoted(this.asked.pathAt(this.asked.length - 1)) : undefined;
  }

  protected override readOne(text: string, from: number, isAll: boolean): number | undefined {
    if (this.#onExpected !== undefined) return this.#readNumbered(text, from, this.#onExpected);
    // At the end, behind the last answer that has come.
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
        // A name may begin as another one does, and go on behind a newline: what follows must be an answer again.
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

/** GNU's stat is told to quote nothing; that of busybox, and old ones, put apostrophes around both. */
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
  // Links of /proc have no size.
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
