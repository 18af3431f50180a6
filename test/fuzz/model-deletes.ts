/** What `--delete` must remove, by the words of docs/sync.md: what the node has in the directories that were named, and nobody sends. */
import { basename, dirname } from 'node:path/posix';
import type { Disk } from './disk.ts';
import type { Invocation } from './generate-invocation.ts';
import { Refused } from './look.ts';
import type { Request } from './sent.ts';
import type { Tree } from './tree.ts';

/** One name that goes, with all that is in it. */
export interface Removal {
  /** Below the destination, with a slash before it. */
  readonly member: string;
  /** Where it lies. */
  readonly at: string;
  readonly isDirectory: boolean;
}

/** A directory whose contents are compared: how it is named, and where it lies. */
export type Scope = readonly [member: string, at: string];

export interface Listing {
  readonly before: Tree;
  readonly isWanted: (member: string) => boolean;
  readonly isProtected: (member: string, isDirectory: boolean) => boolean;
  readonly isMount: (at: string) => boolean;
}

/** All is put in place: `places` says where what was sent lies. */
export function removeExtras(
  disk: Disk,
  places: ReadonlyMap<string, string>,
  { invocation, request, before }: { invocation: Invocation; request: Request; before: Tree },
): Removal[] {
  const scopes = scopesOf(disk, places, { request, before });
  const wanted = new Set(request.sent.map(({ path }) => path));
  const isMount = (at: string) => disk.mountOf(at) === at;
  const listing: Listing = {
    before,
    isWanted: (member) => wanted.has(member),
    isProtected: request.protector(before, scopes),
    isMount,
  };
  const names = scopes.flatMap(([, at]) => namesBelow(before, at, isMount));
  for (const at of [...scopes.map(([, place]) => place), ...names])
    if (before.get(at)?.type === 'directory' && !disk.isOpen(at)) disk.doubts.push(`${at} cannot be listed`);
  // What may have to be hashed there.
  for (const { path } of request.sent) {
    const at = `${places.get(dirname(path)) ?? ''}/${basename(path)}`;
    if (before.get(at)?.type === 'file' && !disk.isReadable(at)) disk.doubts.push(`${at} cannot be read`);
  }
  const removals = scopes.flatMap((scope) => extrasOf(listing, scope));
  if (removals.length === 0) return [];
  const going = removals.flatMap(({ at }) => [at, ...namesBelow(before, at, isMount)]);
  if (!invocation.isConfirmed && (going.length > 100 || going.length * 2 > names.length))
    throw new Refused('so much goes only after a question');
  if (new Set(places.values()).size < places.size) throw new Refused('two directories are one');
  for (const { member, at } of removals) {
    const link = scopes.find(
      ([scope, place]) => member.startsWith(`${scope}/`) && isBehindLink(disk, places, scope, place),
    );
    if (link !== undefined) throw new Refused(`${link[0]} is a link there: nothing is removed behind one`);
    if ([...places.values()].some((place) => place === at || place.startsWith(`${at}/`)))
      throw new Refused(`${at} holds what is sent`);
  }
  for (const { at } of removals) disk.remove(at);
  return removals;
}

/** The directories that were named and are there, or the destination where it was named for what is in it. */
function scopesOf(
  disk: Disk,
  places: ReadonlyMap<string, string>,
  { request, before }: { request: Request; before: Tree },
): Scope[] {
  const named = request.isTop
    ? ['']
    : request.sent.flatMap(({ path, facts, isRoot }) =>
        isRoot && facts?.type === 'directory' ? [path] : [],
      );
  return named.flatMap((member): Scope[] => {
    const at = places.get(member === '' ? '/' : member);
    return at !== undefined && before.get(at)?.type === 'directory' && disk.get(at) !== undefined
      ? [[member, at]]
      : [];
  });
}

function isBehindLink(
  disk: Disk,
  places: ReadonlyMap<string, string>,
  scope: string,
  place: string,
): boolean {
  if (scope === '') return false;
  return disk.below(places.get(dirname(scope)) ?? '/', basename(scope)) !== place;
}

/** What is too much in one directory: of a directory in which nothing stays, itself. */
export function extrasOf(listing: Listing, [member, at]: Scope): Removal[] {
  const found: Removal[] = [];
  for (const [name, place] of childrenOf(listing.before, at)) {
    const here = `${member}/${name}`;
    const isDirectory = listing.before.get(place)?.type === 'directory';
    if (!listing.isWanted(here)) goes(listing, { member: here, at: place, isDirectory }, found);
    else if (isDirectory && !listing.isMount(place)) found.push(...extrasOf(listing, [here, place]));
  }
  return found;
}

/** Whether all of it goes. */
function goes(listing: Listing, one: Removal, found: Removal[]): boolean {
  const { member, at, isDirectory } = one;
  if (listing.isProtected(member, isDirectory)) return false;
  const inside: Removal[] = [];
  let isWhole = true;
  if (isDirectory && !listing.isMount(at)) {
    for (const [name, place] of childrenOf(listing.before, at)) {
      const child = {
        member: `${member}/${name}`,
        at: place,
        isDirectory: listing.before.get(place)?.type === 'directory',
      };
      if (!goes(listing, child, inside)) isWhole = false;
    }
  }
  found.push(...(isWhole ? [one] : inside));
  return isWhole;
}

function childrenOf(tree: Tree, directory: string): [name: string, at: string][] {
  const start = directory === '/' ? '/' : `${directory}/`;
  return [...tree.keys()].flatMap((path): [string, string][] => {
    const name = path.slice(start.length);
    return path.startsWith(start) && name !== '' && !name.includes('/') ? [[name, path]] : [];
  });
}

/** All that is listed there: what is mounted is, and not what is in it. */
function namesBelow(tree: Tree, directory: string, isMount: (at: string) => boolean): string[] {
  return childrenOf(tree, directory).flatMap(([, at]) => [
    at,
    ...(isMount(at) ? [] : namesBelow(tree, at, isMount)),
  ]);
}
