/**
 * What a node finds where it has the files as they were sent. It is sent to the nodes, so that `look.pl` answers "as expected" in a
 * few bytes, and tells the attributes only of other files. It is made once for all nodes. Pure.
 */
import { attributesOf } from '../header.ts';
import { formatTime } from '../manifest.ts';
import { AskedList, askedList } from './asked-list.ts';
import type { Comparison } from './compare.ts';
import { codeOf } from './difference.ts';
import type { Seen } from './seen.ts';
import type { WantedThere } from './wanted.ts';

/** The expectations for the two kinds of accounts: root, and anybody else. */
export class Expectations {
  readonly #there: WantedThere;
  readonly #how: Omit<Comparison, 'uid'>;
  /** By whether the account is root. Accounts that are not root expect their own files, so their number does not matter. */
  readonly #known = new Map<boolean, Expected>();
  /** The paths alone. */
  readonly asked: AskedList;

  constructor(there: WantedThere, how: Omit<Comparison, 'uid'>) {
    this.#there = there;
    this.#how = how;
    this.asked = askedList(there.asks.length, (at) => there.asks[at]?.path ?? '');
  }

  as(uid: number): Expected {
    const known = this.#known.get(uid === 0) ?? new Expected(this.#there, { ...this.#how, uid }, this.asked);
    this.#known.set(uid === 0, known);
    return known;
  }
}

class Expected {
  readonly #there: WantedThere;
  readonly #how: Comparison;
  /** For each question, the code of an expected answer; made when the first node gives one. */
  #codes: Uint8Array | undefined;
  /** In the form that `look.pl` reads. */
  readonly list: AskedList;

  constructor(there: WantedThere, how: Comparison, asked: AskedList) {
    this.#there = there;
    this.#how = how;
    this.list = new AskedList(asked, (at) => `${this.#textAt(at)} ${asked.pathAt(at)}`);
  }

  /** The code that a difference has for an expected answer; undefined where nothing is expected. */
  codeAt(askedAt: number): number | undefined {
    this.#codes ??= Uint8Array.from(this.#there.asks, (_, at) => this.#codeOf(at));
    const code = this.#codes[askedAt];
    return code === NONE ? undefined : code;
  }

  #textAt(askedAt: number): string {
    const seen = this.#seenAt(askedAt);
    if (seen === undefined) return '-';
    const owner = Number.isNaN(seen.gid) ? '-' : `${seen.uid}:${seen.gid}`;
    return `${seen.mode.toString(16)},${owner},${seen.size},${formatTime(seen.mtimeNs)}`;
  }

  #codeOf(askedAt: number): number {
    const seen = this.#seenAt(askedAt);
    const wanted = this.#there.wanted[this.#there.asks[askedAt]?.at ?? -1];
    return seen === undefined || wanted === undefined ? NONE : codeOf(wanted, { seen }, this.#how);
  }

  /** Undefined for directories, links, and files with several names: of those more has to be known than attributes. */
  #seenAt(askedAt: number): Seen | undefined {
    const { asks, wanted, linked } = this.#there;
    const { ownership, uid } = this.#how;
    const entry = wanted[asks[askedAt]?.at ?? -1];
    if (entry?.type !== 'file' || linked.has(entry.member)) return undefined;
    const keepsOwner = uid === 0 && (ownership.preserveUid || ownership.preserveGid);
    const shall = attributesOf(entry, ownership);
    return {
      mode: keepsOwner ? shall.mode : shall.mode & ~0o6000,
      uid: keepsOwner ? shall.uid : uid,
      // The group does not count where owners are not kept.
      gid: keepsOwner ? shall.gid : Number.NaN,
      size: entry.size,
      links: 1,
      mtimeNs: entry.mtimeNs,
      inode: '',
      target: undefined,
    };
  }
}

const NONE = 0xff;
