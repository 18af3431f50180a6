/**
 * What shall lie on a node after an upload, in the order in which it is asked what lies there now: the directories that nobody has
 * named and that lead to the files, then every member. Pure.
 */
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { Collection, Entry } from '../entry.ts';

/** A directory above the roots: it is there or is made, and nothing of it is altered. `path`: as the node has it. */
export interface Parent {
  readonly type: 'parent';
  readonly path: string;
}

export type Wanted = Entry | Parent;

/** One question: what lies at a path. Of `isBehindLink` what it leads to, where it is a link. */
export interface Ask {
  readonly path: string;
  /** Its place in the list of what is wanted; -1: the last question, which every node can answer. */
  readonly at: number;
  readonly isBehindLink: boolean;
}

/** What is wanted below one destination. */
export interface WantedThere {
  readonly wanted: readonly Wanted[];
  readonly asks: readonly Ask[];
  /** Where none of these is there, nothing is; undefined where they are too many to be asked first, or one is no line. */
  readonly first: readonly string[] | undefined;
  readonly keepsDirectories: boolean;
  /** Members that have another name among these. */
  readonly linked: ReadonlySet<string>;
  /** Where it lies on the node. */
  pathOf(at: number): string;
  /** Where what has this path below the destination lies on the node; empty: the destination itself. */
  pathAt(member: string): string;
  /** Whether something is wanted at this path. */
  has(path: string): boolean;
}

/** It is there on every node, and no path that is asked for begins so: a list that was cut does not end with it. */
export const LAST_PATH = '//.';

/** `path`: absolute, or from the login directory. */
export interface Destination {
  readonly path: string;
  /** Directories that are there stay as they are, and so do links to some: as the sync tool that ships does it. */
  readonly keepsDirectories: boolean;
}

export function wantedAt(
  collection: Collection,
  { path: destination, keepsDirectories }: Destination,
): WantedThere {
  const parents = parentsOf(collection.roots, destination).map((path): Parent => ({ type: 'parent', path }));
  const wanted: readonly Wanted[] = [...parents, ...collection.entries];
  const roots = new Set(collection.roots);
  const pathOf = (at: number) => {
    const one = wanted[at];
    if (one === undefined) return LAST_PATH;
    return one.type === 'parent' ? one.path : joined(destination, one.member);
  };
  const asks: Ask[] = [];
  for (const [at, one] of wanted.entries()) {
    const path = pathOf(at);
    asks.push({ path, at, isBehindLink: false });
    // A link to a directory is followed where it stands for a directory that was named, or leads to one.
    const isFollowed =
      one.type === 'parent' || (one.type === 'directory' && (keepsDirectories || roots.has(one.member)));
    if (isFollowed) asks.push({ path: `${path}/.`, at, isBehindLink: true });
  }
  asks.push({ path: LAST_PATH, at: -1, isBehindLink: false });
  const linked = new Set(collection.entries.flatMap((one) => (one.type === 'hardlink' ? [one.to] : [])));
  let known: ReadonlySet<string> | undefined;
  const has = (path: string) => {
    known ??= new Set(wanted.map((_, at) => pathOf(at)));
    return known.has(path);
  };
  const first = linesOf(collection.roots.map((root) => joined(destination, root)));
  const pathAt = (member: string) =>
    member === '' ? joined(destination, '.').slice(0, -2) || '/' : joined(destination, member);
  return { wanted, asks, first, linked, keepsDirectories, pathOf, pathAt, has };
}

function linesOf(paths: readonly string[]): readonly string[] | undefined {
  const text = paths.join('\n');
  if (Buffer.byteLength(text) > LOOK_LIMITS.firstBytesMax) return undefined;
  return text.split('\n').length === paths.length && !paths.includes('/end') ? paths : undefined;
}

/** A name never begins with `-`, since it goes to programs of the node. */
export function joined(destination: string, member: string): string {
  if (destination === '/' || destination === '') return `/${member}`;
  const place =
    destination.startsWith('/') || /^\.\.?(\/|$)/.test(destination) ? destination : `./${destination}`;
  return `${place.replace(/\/+$/, '')}/${member}`;
}

function parentsOf(roots: readonly string[], destination: string): string[] {
  const found = new Set<string>();
  for (const root of roots) {
    const path = joined(destination, root);
    for (let at = path.indexOf('/', 1); at >= 0; at = path.indexOf('/', at + 1)) {
      const above = path.slice(0, at);
      if (!/(^|\/)\.?$/.test(above)) found.add(above);
    }
  }
  return [...found].sort();
}
