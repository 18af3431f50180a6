/**
 * What shall lie on a node after an upload, in the order in which the node is asked what lies there now: first the directories above
 * the roots, then every member. Pure.
 */
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { Collection, Entry } from '../entry.ts';

/** A directory above the roots: the upload makes it where it is missing, and changes nothing of it else. `path`: on the node. */
export interface Parent {
  readonly type: 'parent';
  readonly path: string;
}

export type Wanted = Entry | Parent;

/** One question to a node: what lies at a path. */
export interface Ask {
  readonly path: string;
  /** The place of the wanted member or parent; -1: the last question, which every node can answer. */
  readonly at: number;
  /** The path has `/.` behind it, and asks where a link leads to. */
  readonly isBehindLink: boolean;
}

/** What is wanted below one destination. */
export interface WantedThere {
  readonly wanted: readonly Wanted[];
  readonly asks: readonly Ask[];
  /** The roots: a node with none of them has no member. Undefined where they are too many to ask for first, or one is no line. */
  readonly first: readonly string[] | undefined;
  readonly keepsDirectories: boolean;
  /** Files to which hard links of the collection lead. */
  readonly linked: ReadonlySet<string>;
  /** The path on the node of what is wanted at this place. */
  pathOf(at: number): string;
  /** The path on the node of a path below the destination; empty: the destination itself. */
  pathAt(member: string): string;
  /** Whether something is wanted at this path of the node. */
  has(path: string): boolean;
}

/** The root directory, which every node has, as no other question writes it. An answer about it shows that all questions were answered. */
export const LAST_PATH = '//.';

export interface Destination {
  /** Absolute, or from the login directory. */
  readonly path: string;
  /** Directories that the node has keep their attributes, and links to directories stay, as the shipped sync tool does it. */
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
    // A symbolic link to a directory is followed where it stands for a root, or lies above one.
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

/** The paths, where they fit into a short list of lines that ends in `/end`; else undefined. */
function linesOf(paths: readonly string[]): readonly string[] | undefined {
  const text = paths.join('\n');
  if (Buffer.byteLength(text) > LOOK_LIMITS.firstBytesMax) return undefined;
  return text.split('\n').length === paths.length && !paths.includes('/end') ? paths : undefined;
}

/** The path on the node. It never begins with `-`, since programs on the node get it as a word. */
export function joined(destination: string, member: string): string {
  if (destination === '/' || destination === '') return `/${member}`;
  const place =
    destination.startsWith('/') || /^\.\.?(\/|$)/.test(destination) ? destination : `./${destination}`;
  return `${place.replace(/\/+$/, '')}/${member}`;
}

/** The directories above the roots, sorted, without `/` and those that end in `.`. */
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
