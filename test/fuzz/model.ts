/**
 * What a run must have done to a node, worked out from what was sent and what the node looked like, by the words of docs/sync.md and
 * docs alone: nothing here knows how lockstep does it. A `Refused` says that the run must leave the node as it is.
 */
import { basename, dirname } from 'node:path/posix';
import type { Disk } from './disk.ts';
import { hasAll, type Look, Refused } from './look.ts';

/** What is sent, by its path below the destination; parents first. */
export interface Sent {
  readonly path: string;
  /** Where it is here, below the directory in which lockstep is called. */
  readonly source: string;
  /** Undefined: nobody named it, it is only a parent. */
  readonly facts: Look | undefined;
  /** The user named it itself. */
  readonly isRoot: boolean;
}

/** How the files of one step arrive. */
export interface Arrival {
  readonly uid: number;
  readonly preserveUid: boolean;
  readonly preserveGid: boolean;
  /** Directories that are there take the attributes that were sent (an upload), or stay as they are (the shipped tool). */
  readonly changesDirectories: boolean;
  /** What is there as it is sent stays; undefined: all is put. */
  readonly keepsEqual?: { readonly isRead: boolean } | undefined;
}

/** Puts them below a directory, or throws Refused. Returns where each directory lies. */
export function putBelow(
  disk: Disk,
  destination: string,
  sent: readonly Sent[],
  arrival: Arrival,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>([['/', disk.madeDirectory(destination)]]);
  const links = new Map<string, string[]>();
  for (const { path, facts, isRoot } of sent) {
    const parent = places.get(dirname(path));
    if (parent === undefined) throw new Error(`no parent for ${path}`);
    disk.enter(parent);
    const at = disk.below(parent, basename(path));
    const isPut = disk.get(at) === undefined || (facts !== undefined && facts.type !== 'directory');
    if (isPut) mayBeStaged(disk, places, dirname(path));
    if (facts === undefined) places.set(path, disk.parentDirectory(at));
    else if (facts.type === 'directory') places.set(path, putDirectory(disk, at, { facts, isRoot }, arrival));
    else {
      links.set(facts.inode, [...(links.get(facts.inode) ?? []), at]);
      putLeaf(disk, at, facts, arrival);
    }
  }
  for (const names of links.values()) if (names.length > 1) putTogether(disk, names);
  return places;
}

/** Of a file with several names all are put, unless all are there and are one file. */
function putTogether(disk: Disk, names: readonly string[]): void {
  const all = names.map((at) => disk.get(at));
  if (new Set(all.map((expected) => expected?.inode)).size === 1) return;
  for (const at of names) disk.replaceLeft(at);
}

/** What goes to another mount waits in a stage there, where it begins; the path of a stage cannot have a newline. */
function mayBeStaged(disk: Disk, places: ReadonlyMap<string, string>, directory: string): void {
  const mountOf = (path: string) => disk.mountOf(places.get(path) ?? '/');
  const mount = mountOf(directory);
  let first = directory;
  while (first !== '/' && mountOf(dirname(first)) === mount) first = dirname(first);
  // Above the destination any directory of its mount may hold the stage.
  const stage = first === '/' ? mount : (places.get(first) ?? '/');
  if (stage.includes('\n')) disk.doubts.push(`a stage in ${stage} would have a newline in its path`);
}

function putDirectory(
  disk: Disk,
  at: string,
  { facts, isRoot }: { facts: Look; isRoot: boolean },
  arrival: Arrival,
): string {
  const there = disk.get(at);
  if (there === undefined) {
    disk.add(at, disk.asArrived(at, facts, arrival));
    return at;
  }
  if (there.type === 'symlink' && arrival.changesDirectories && !isRoot) {
    throw new Refused(`${at} is a link, and a directory was sent`);
  }
  const real = disk.follow(at);
  if (arrival.changesDirectories) disk.changeDirectory(real, facts, arrival);
  else disk.mayBeEntered(real);
  return real;
}

function putLeaf(disk: Disk, at: string, facts: Look, arrival: Arrival): void {
  const there = disk.get(at);
  if (there?.type === 'directory') throw new Refused(`${at} is a directory`);
  const arrived = disk.asArrived(at, facts, arrival);
  const { uid, preserveUid, preserveGid, keepsEqual } = arrival;
  if (there !== undefined && keepsEqual !== undefined) {
    const owner = uid === 0 && (preserveUid || preserveGid) ? {} : { uid };
    if (hasAll(there, arrived, { ...keepsEqual, ...owner })) return disk.leave(at, arrived);
    if (there.type === arrived.type && there.body === arrived.body) return disk.mend(at, arrived);
  }
  if (there !== undefined) disk.mayReplace(at);
  disk.add(at, arrived);
}
