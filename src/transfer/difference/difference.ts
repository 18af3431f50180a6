/**
 * How one node differs from what it shall have: a verdict for each wanted member. A verdict takes a byte, so that a million members
 * on many nodes stay small. Nodes with equal differences can share one. Pure.
 */
import type { Attribute } from '../../core/events.ts';
import {
  afterReading,
  type Comparison,
  compare,
  type Kind,
  mayMend,
  type There,
  type Verdict,
} from './compare.ts';
import type { Extras } from './extras.ts';
import type { Seen } from './seen.ts';
import type { Wanted, WantedThere } from './wanted.ts';

export class Difference {
  readonly there: WantedThere;
  readonly #how: Comparison;
  readonly #codes: Uint8Array;
  /** By place: sizes of the node's regular files that have other bytes. */
  readonly #otherSizes = new Map<number, number>();
  readonly #firstInodes = new Map<string, string>();
  #open: { readonly at: number; readonly seen: Seen; behind?: Seen } | undefined;
  /** What the node has beyond the wanted members, below the named directories; undefined where nobody asked. */
  extras: Extras | undefined;
  /** Members that are directories here, while the node has a symbolic link to a directory in their place. */
  readonly followed = new Set<string>();
  /** Two wanted directories are one on the node, by a link or a mount. */
  hasTwins = false;
  readonly #directories = new Set<string>();
  /** By place: the sums of the node's files whose bytes differ, as far as it was asked for sums. */
  readonly otherBytes = new Map<number, string>();

  constructor(there: WantedThere, how: Comparison) {
    this.there = there;
    this.#how = how;
    this.#codes = new Uint8Array(there.wanted.length).fill(encode({ kind: 'new', attributes: [] }));
  }

  /** Takes the answer to one question. Answers come in the order of the questions; a path where nothing lies has none. */
  see(askedAt: number, seen: Seen): void {
    const { at, isBehindLink } = this.there.asks[askedAt] ?? { at: -1, isBehindLink: false };
    if (isBehindLink) {
      if (this.#open?.at === at) this.#open.behind = seen;
      return;
    }
    this.#settle();
    if (at >= 0) this.#open = { at, seen };
  }

  /** Takes the answer that the path is as `Expected` told the node. `code`: that of `Expected`. */
  seeExpected(askedAt: number, code: number): void {
    this.#settle();
    const at = this.there.asks[askedAt]?.at ?? -1;
    if (at >= 0) this.#codes[at] = code;
  }

  /** Call it after the last answer. Files whose bytes decide are `unread` from here until `read`. */
  end(): void {
    this.#settle();
    this.#directories.clear();
  }

  verdictAt(at: number): Verdict {
    return decode(this.#codes[at] ?? 0);
  }

  /** Whether the member differs only in attributes that can be set where the file lies. */
  isMended(at: number): boolean {
    return this.verdictAt(at).kind === 'attributes' && ((this.#codes[at] ?? 0) & MENDS) !== 0;
  }

  *unread(): Generator<number> {
    for (let at = 0; at < this.#codes.length; at++) if (this.verdictAt(at).kind === 'unread') yield at;
  }

  /** Members that are regular files with different bytes on both sides, neither longer than `bytesMax`. */
  *comparable(bytesMax: number): Generator<number> {
    for (const [at, size] of this.#otherSizes) {
      const wanted = this.there.wanted[at];
      if (size <= bytesMax && wanted?.type === 'file' && wanted.size <= bytesMax) yield at;
    }
  }

  /** Takes the sum of the node's file. `isSame`: this machine's file has the same. */
  read(at: number, sha256: string, isSame: boolean): void {
    const verdict = this.verdictAt(at);
    const mends = (this.#codes[at] ?? 0) & MENDS;
    if (verdict.kind === 'unread') this.#codes[at] = encode(afterReading(verdict, isSame, this.#how)) | mends;
    if (!isSame) this.otherBytes.set(at, sha256);
  }

  /** The size of the node's file, where it is a regular one with other bytes; else undefined. */
  otherSize(at: number): number | undefined {
    const wanted = this.there.wanted[at];
    if (this.#otherSizes.has(at)) return this.#otherSizes.get(at);
    return this.otherBytes.has(at) && wanted?.type === 'file' ? wanted.size : undefined;
  }

  /** Marks the hard links of a file that is replaced: they are replaced with it, or they would keep the old file. */
  replaceLinks(): void {
    const replaced = new Set<string>();
    for (const [at, one] of this.there.wanted.entries()) {
      if (one.type === 'file' && isReplaced(this.verdictAt(at)) && this.#hasLinks(one))
        replaced.add(one.member);
      if (one.type !== 'hardlink' || !replaced.has(one.to) || this.verdictAt(at).kind === 'new') continue;
      if (this.verdictAt(at).kind !== 'clash')
        this.#codes[at] = encode({ ...this.verdictAt(at), kind: 'content' });
    }
  }

  /** What differences that can share one have in common. `withBytes`: the bytes of the node's files count, too. */
  *identity(withBytes: boolean): Generator<Uint8Array | string> {
    yield this.#codes;
    if (withBytes) for (const [at, sha256] of this.otherBytes) yield `${at} ${sha256}\n`;
    if (this.extras !== undefined) yield* this.extras.identity();
  }

  #settle(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const { at, seen, behind } = open;
    const wanted = this.there.wanted[at] as Wanted;
    if (wanted.type === 'directory' || (wanted.type === 'parent' && this.#isWithin(wanted.path)))
      this.#noteDirectory(behind ?? seen);
    if (wanted.type === 'directory' && isLink(seen)) this.followed.add(wanted.member);
    if (wanted.type === 'file' && this.#hasLinks(wanted)) this.#firstInodes.set(wanted.member, seen.inode);
    const firstInode = wanted.type === 'hardlink' ? this.#firstInodes.get(wanted.to) : undefined;
    this.#codes[at] = codeOf(wanted, { seen, behind, firstInode }, this.#how);
    if (wanted.type === 'file' && this.verdictAt(at).kind === 'content' && isFile(seen))
      this.#otherSizes.set(at, seen.size);
  }

  /** Whether the path is the destination or below it. Directories above it are no twins: `-r /a/../a/b` goes through one twice. */
  #isWithin(path: string): boolean {
    const top = this.there.pathAt('');
    return top === '/' || path === top || path.startsWith(`${top}/`);
  }

  #noteDirectory({ inode }: Seen): void {
    this.hasTwins ||= this.#directories.has(inode);
    this.#directories.add(inode);
  }

  #hasLinks({ member }: { readonly member: string }): boolean {
    return this.there.linked.has(member);
  }
}

/** The verdict on what the node has there, and whether that may be mended, in a byte. */
export function codeOf(wanted: Wanted, there: There & { readonly seen: Seen }, how: Comparison): number {
  const verdict = compare(wanted, there, how);
  const { seen } = there;
  return encode(verdict) | (mayMend(wanted, { seen, attributes: verdict.attributes }, how) ? MENDS : 0);
}

function isReplaced({ kind }: Verdict): boolean {
  return kind === 'new' || kind === 'content';
}

const isLink = ({ mode }: Seen): boolean => (mode & 0o170000) === 0o120000;

const isFile = ({ mode }: Seen): boolean => (mode & 0o170000) === 0o100000;

const KINDS: readonly Kind[] = ['equal', 'new', 'content', 'attributes', 'clash', 'unread'];
const ATTRIBUTES: readonly Attribute[] = ['mode', 'owner', 'time'];
const KIND_BITS = 3;

function encode({ kind, attributes }: Verdict): number {
  return attributes.reduce(
    (code, attribute) => code | (1 << (KIND_BITS + ATTRIBUTES.indexOf(attribute))),
    KINDS.indexOf(kind),
  );
}

function decode(code: number): Verdict {
  return VERDICTS[code & (MENDS - 1)] as Verdict;
}

const MENDS = 1 << (KIND_BITS + ATTRIBUTES.length);

const VERDICTS: readonly Verdict[] = Array.from(
  { length: 1 << (KIND_BITS + ATTRIBUTES.length) },
  (_, code) => ({
    kind: KINDS[code & ((1 << KIND_BITS) - 1)] ?? 'equal',
    attributes: ATTRIBUTES.filter((_, bit) => (code & (1 << (KIND_BITS + bit))) !== 0),
  }),
);
