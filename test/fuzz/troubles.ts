/** What stands in the way on a node: other types, links, mounts, closed modes, full disks, attributes that forbid a change. */
import { dirname } from 'node:path/posix';
import { isAlwaysThere, openSpec, type Site } from './generate-destination.ts';
import { newSpec } from './generate-tree.ts';
import type { Spec } from './tree.ts';

/** One trouble, of those that this state can have. */
export function addTrouble(site: Site): void {
  const { random, state } = site;
  const kinds = Object.entries(TROUBLES);
  for (let tries = 0; tries < 8; tries++) {
    const [name, add] = random.pick(kinds);
    const place = add(site);
    if (place === undefined) continue;
    state.notes.push(`${name} ${JSON.stringify(place)}`);
    return;
  }
}

/** Each says where it is, or undefined where it cannot be. */
const TROUBLES: Readonly<Record<string, (site: Site) => string | undefined>> = {
  'a directory where a file is sent': (site) => clash(site, 'directory'),
  'a file where a directory is sent': (site) => clash(site, 'file'),
  'a link to a directory where one is sent': (site) => linkInTheWay(site, '/srv/elsewhere'),
  'a parent that is a link to another': linkToAnother,
  'a link to nothing where a directory is sent': (site) => linkInTheWay(site, '/srv/nothing'),
  'an immutable file': (site) => flag(site, site.leaves, 'i'),
  'an append-only file': (site) => flag(site, site.leaves, 'a'),
  'an immutable directory': (site) => flag(site, directoriesOf(site), 'i'),
  // What is made above the destination before all nodes have agreed could not be taken away.
  'an append-only directory': (site) => flag(site, usedDirectories(site), 'a'),
  'a tmpfs': (site) => mount(site, 'tmpfs'),
  'a bind mount': (site) => mount(site, 'bind'),
  'a file that is a mount point': mountFile,
  'a read-only tmpfs': (site) => {
    const at = mount(site, 'tmpfs');
    if (at !== undefined) site.state.readOnly.push(at);
    return at;
  },
  'a small tmpfs': (site) => mount(site, 'tmpfs', { pages: site.random.whole(0, 60), inodes: 10_000 }),
  'a tmpfs with few inodes': (site) =>
    mount(site, 'tmpfs', { pages: 10_000, inodes: site.random.whole(0, 40) }),
  'a closed directory': closeDirectory,
  'a sticky directory': (site) => change(site, (spec) => ({ ...spec, mode: 0o1777, uid: 0 })),
  'a set-group-id directory': (site) =>
    change(site, (spec) => ({ ...spec, mode: spec.mode | 0o2700, gid: 1234 })),
};

/** Directories of the state at or below the destination, and those above it. */
function directoriesOf({ state }: Site): string[] {
  return [...state.specs].filter(([, { type }]) => type === 'directory').map(([path]) => path);
}

/** Those into which the upload goes. */
function usedDirectories({ state, places }: Site): string[] {
  return [...places.values()].filter((path) => state.specs.has(path));
}

function placeOf({ wanted, places }: Site, path: string): string | undefined {
  const parent = places.get(dirname(path) === '/' ? '' : dirname(path));
  if (parent === undefined || !wanted.has(path)) return undefined;
  const here = `${parent === '/' ? '' : parent}/${path.slice(path.lastIndexOf('/') + 1)}`;
  return isAlwaysThere(here) ? undefined : here;
}

function candidates(site: Site, isRight: (type: Spec['type'], isNamed: boolean) => boolean): string[] {
  return [...site.wanted]
    .filter(([, { type, isNamed }]) => isRight(type, isNamed))
    .flatMap(([path]) => placeOf(site, path) ?? []);
}

/** Takes away what is at and below a place, with what is a link to any of it. */
function clear({ state, places }: Site, at: string): void {
  const gone = (path: string) => path === at || path.startsWith(`${at}/`);
  for (const [path, { linkTo }] of [...state.specs]) {
    if (gone(path) || (linkTo !== undefined && gone(linkTo))) state.specs.delete(path);
  }
  for (const [path, place] of [...places]) if (gone(place)) places.delete(path);
}

function clash(site: Site, type: 'directory' | 'file'): string | undefined {
  const places = candidates(site, (sent) => (sent === 'directory') !== (type === 'directory'));
  if (places.length === 0) return undefined;
  const at = site.random.pick(places);
  clear(site, at);
  site.state.specs.set(at, newSpec(site.random, site.names, type));
  return at;
}

function linkInTheWay(site: Site, target: string): string | undefined {
  const places = candidates(site, (sent) => sent === 'directory');
  if (places.length === 0) return undefined;
  const at = site.random.pick(places);
  clear(site, at);
  if (target === '/srv/elsewhere') site.state.specs.set(target, openSpec(site.uid));
  site.state.specs.set(at, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, body: target });
  return at;
}

/** Names below both may lead to one place. */
function linkToAnother(site: Site): string | undefined {
  const { random, wanted, places, state } = site;
  const parents = [...wanted]
    .filter(([path, { isNamed }]) => !isNamed && places.has(path))
    .map(([path]) => path);
  const [one, other] = [random.pick([...parents, '']), random.pick([...parents, ''])];
  const at = placeOf(site, other);
  const target = places.get(one);
  if (one === '' || at === undefined || target === undefined) return undefined;
  if (`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`) || isAlwaysThere(target))
    return undefined;
  clear(site, at);
  if (!state.specs.has(target)) return undefined;
  state.specs.set(at, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, body: target });
  return at;
}

function flag(site: Site, places: readonly string[], attribute: 'i' | 'a'): string | undefined {
  const { state, random } = site;
  const there = places.filter((path) => {
    const spec = state.specs.get(path);
    // chattr takes no path that is longer than a call does.
    const isPlain = spec !== undefined && spec.type !== 'symlink' && spec.linkTo === undefined;
    return isPlain && path.length < 4_000 && !isLinked(site, path);
  });
  if (there.length === 0) return undefined;
  const at = random.pick(there);
  state.flags.push([at, attribute]);
  return at;
}

function isLinked({ state }: Site, path: string): boolean {
  return [...state.specs.values()].some(({ linkTo }) => linkTo === path);
}

const PLACE_CHARS_MAX = 500;

function mount(
  site: Site,
  kind: 'tmpfs' | 'bind',
  left?: { readonly pages: number; readonly inodes: number },
): string | undefined {
  const { state, random } = site;
  const places = left === undefined && random.chance(0.4) ? directoriesOf(site) : usedDirectories(site);
  // A link cannot leave its mount, and the mount of busybox finds no long path.
  const isFree = (at: string) =>
    at.length < PLACE_CHARS_MAX &&
    ![...state.specs].some(([path, { linkTo }]) => {
      if (linkTo === undefined) return false;
      return path.startsWith(`${at}/`) !== linkTo.startsWith(`${at}/`);
    });
  const free = places.filter(isFree);
  if (free.length === 0) return undefined;
  const at = random.pick(free);
  state.mounts.push(left === undefined ? { at, kind } : { at, kind, left });
  return at;
}

function mountFile(site: Site): string | undefined {
  const files = site.leaves.filter((path) => {
    const spec = site.state.specs.get(path);
    const isShort = path.length < PLACE_CHARS_MAX;
    return isShort && spec?.type === 'file' && spec.linkTo === undefined && !isLinked(site, path);
  });
  if (files.length === 0) return undefined;
  const at = site.random.pick(files);
  site.state.mounts.push({ at, kind: 'bind-file' });
  return at;
}

function closeDirectory(site: Site): string | undefined {
  const mode = site.random.pick([0o000, 0o500, 0o300, 0o100, 0o400, 0o600]);
  return change(site, (spec) => ({ ...spec, mode }));
}

function change(site: Site, alter: (spec: Spec) => Spec): string | undefined {
  const used = usedDirectories(site);
  if (used.length === 0) return undefined;
  const at = site.random.pick(used);
  site.state.specs.set(at, alter(site.state.specs.get(at) as Spec));
  return at;
}
