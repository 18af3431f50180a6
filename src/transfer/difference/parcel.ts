/**
 * Decides which members of a collection a node is sent, by what it has. The decision is a mark for each member, so that nodes which
 * lack the same share one archive. Pure.
 */
import type { Collection, Entry } from '../entry.ts';
import type { Difference } from './difference.ts';
import { nameOf } from './extras.ts';

/** For each member what is done with it. */
export type Marks = Uint8Array;

const KEPT = 0;
const SENT = 1;
/** The node sets the member's attributes where it lies. */
const MENDED = 2;

/** What nodes with the same marks are sent. */
export interface Parcel {
  /** It has all roots of the whole collection, also those without members here. */
  readonly collection: Collection;
  /** Members whose attributes alone are set. */
  readonly mends: readonly Entry[];
}

export class Parcels {
  readonly #collection: Collection;
  /** For each member, the place of the directory that it is in; -1 where that is no member. */
  readonly #above: Int32Array;
  /** Places of directories, by member; made when it is needed. */
  #directories: ReadonlyMap<string, number> | undefined;
  /** For each file with several names, the places of all of them. */
  readonly #links: readonly (readonly number[])[];

  constructor(collection: Collection) {
    this.#collection = collection;
    this.#above = placesAbove(collection.entries);
    this.#links = linksOf(collection.entries);
  }

  /** The marks for all members: for a node that cannot be asked what it has. */
  whole(): Marks {
    return new Uint8Array(this.#collection.entries.length).fill(SENT);
  }

  /**
   * The marks for what the node lacks. Where two wanted directories are one on the node, all is sent: two members may want two
   * contents of one file, which the node notices only when it has both.
   */
  lacking(difference: Difference): Marks {
    if (difference.hasTwins) return this.whole();
    const removed = difference.extras?.list ?? [];
    const parents = difference.there.wanted.length - this.#collection.entries.length;
    const marks = new Uint8Array(this.#collection.entries.length);
    for (let at = 0; at < marks.length; at++) {
      const { kind } = difference.verdictAt(parents + at);
      // A survey does not ask for xattrs, so nobody knows whether the node has them.
      if (this.#collection.entries[at]?.xattrs !== undefined) marks[at] = SENT;
      else if (kind !== 'equal') marks[at] = difference.isMended(parents + at) ? MENDED : SENT;
    }
    // A deletion changes the time of the directory, which is set again only where the directory is sent.
    for (const extra of removed) {
      const at = this.#directoryAbove(nameOf(extra));
      if (at !== undefined) marks[at] = SENT;
    }
    return this.#complete(marks);
  }

  /** The place of the nearest directory above the path that is a member. */
  #directoryAbove(member: string): number | undefined {
    this.#directories ??= directoriesOf(this.#collection.entries);
    let place: number | undefined;
    for (let above = member; place === undefined && above !== ''; place = this.#directories.get(above))
      above = above.slice(0, Math.max(0, above.lastIndexOf('/')));
    return place;
  }

  /** The marks for what any of some nodes lacks. What some of them could mend is sent to all. */
  union(all: readonly Marks[]): Marks {
    const marks = new Uint8Array(this.#collection.entries.length);
    for (const some of all) for (let at = 0; at < marks.length; at++) if (some[at] !== KEPT) marks[at] = SENT;
    return this.#complete(marks);
  }

  contentsOf(marks: Marks): Parcel {
    const all = this.#collection.entries;
    const mends = all.filter((_, at) => marks[at] === MENDED);
    if (marks.every((mark) => mark === SENT)) return { collection: this.#collection, mends };
    const entries = all.filter((_, at) => marks[at] === SENT);
    const bytes = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0);
    const files = entries.reduce((count, { type }) => count + (type === 'directory' ? 0 : 1), 0);
    return { collection: { ...this.#collection, entries, bytes, files }, mends };
  }

  /** Adds the other names of each file that is sent, and the directories above it: the commit changes their times, and sets them again. */
  #complete(marks: Marks): Marks {
    for (const places of this.#links) {
      if (places.every((at) => marks[at] === KEPT)) continue;
      for (const at of places) marks[at] = SENT;
    }
    for (let at = marks.length - 1; at >= 0; at--) {
      const above = this.#above[at] ?? -1;
      if (marks[at] === SENT && above >= 0) marks[above] = SENT;
    }
    return marks;
  }
}

/** As `#above`; a directory comes before what is in it. */
function placesAbove(entries: readonly Entry[]): Int32Array {
  const directories = new Map<string, number>();
  const above = new Int32Array(entries.length);
  for (const [at, { type, member }] of entries.entries()) {
    above[at] = directories.get(member.slice(0, Math.max(0, member.lastIndexOf('/')))) ?? -1;
    if (type === 'directory') directories.set(member, at);
  }
  return above;
}

function directoriesOf(entries: readonly Entry[]): ReadonlyMap<string, number> {
  return new Map(
    [...entries.entries()].flatMap(([at, { type, member }]) => (type === 'directory' ? [[member, at]] : [])),
  );
}

function linksOf(entries: readonly Entry[]): number[][] {
  const linked = new Map<string, number[]>();
  for (const [at, entry] of entries.entries()) {
    if (entry.type !== 'hardlink') continue;
    const places = linked.get(entry.to);
    if (places === undefined) linked.set(entry.to, [at]);
    else places.push(at);
  }
  if (linked.size === 0) return [];
  for (const [at, { member }] of entries.entries()) linked.get(member)?.push(at);
  return [...linked.values()];
}
