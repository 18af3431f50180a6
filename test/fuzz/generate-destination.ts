/** What a node looks like before a run: what is there of what is sent, what else is there, and what stands in the way. */
import { dirname } from 'node:path/posix';
import { Random } from '../simulation/random.ts';
import type { Place } from './generate-invocation.ts';
import { newSpec } from './generate-tree.ts';
import { ACCOUNTS, type Account } from './local-node.ts';
import type { Spec, Specs } from './tree.ts';
import { addTrouble } from './troubles.ts';

export interface NodeState {
  /** From the node's root, without links in the paths. */
  readonly specs: Specs;
  readonly mounts: Mount[];
  /** Attributes of chattr. */
  readonly flags: [path: string, flag: 'i' | 'a'][];
  /** Mount points that are read-only in the end. */
  readonly readOnly: string[];
  /** What its login scripts set. */
  readonly login: Login;
  /** For people. */
  readonly notes: string[];
}

export interface Login {
  readonly umask: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Mount {
  readonly at: string;
  readonly kind: 'tmpfs' | 'bind' | 'bind-file';
  /** Pages and inodes that are left beside what is in it; undefined: as much as one likes. */
  readonly left?: { readonly pages: number; readonly inodes: number };
}

/** One name that a run would put in place. */
export interface Wanted {
  readonly type: Spec['type'];
  /** The user named it, or what it lies in; else it is only a parent. */
  readonly isNamed: boolean;
}

export interface DestinationRequest {
  /** Paths below the destination; parents first. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly destination: string;
  readonly place: Place | undefined;
  readonly names: readonly string[];
  readonly account: Account;
  /** Who works there: root behind sudo. */
  readonly uid: number;
}

export function generateDestination(random: Random, request: DestinationRequest): NodeState {
  const state: NodeState = {
    specs: new Map(),
    mounts: [],
    flags: [],
    readOnly: [],
    notes: [],
    login: generateLogin(new Random(random.whole(1, 1e9))),
  };
  const site = { ...request, random, state, places: new Map<string, string>(), leaves: [] as string[] };
  addDestination(site);
  if (state.specs.has(request.destination) || isAlwaysThere(request.destination)) {
    fill(site, '', request.destination);
  }
  if (random.chance(0.35)) addTrouble(site);
  return state;
}

const LONG_CHARS_MIN = 300;

/** All of these are somebody's settings somewhere. */
const SETTINGS: Readonly<Record<string, string>> = {
  CDPATH: '/:/srv:.',
  TAR_OPTIONS: '--strip-components=1',
  TMPDIR: '/nonexistent',
  POSIXLY_CORRECT: '1',
  LC_ALL: 'C.UTF-8',
  LANG: 'de_DE.UTF-8',
  PERL5OPT: '-w',
  PYTHONPATH: '/srv',
  TMOUT: '5',
  TZ: 'Pacific/Auckland',
  BLOCK_SIZE: 'human-readable',
  TIME_STYLE: 'long-iso',
  QUOTING_STYLE: 'c',
  DF_BLOCK_SIZE: '1M',
  VERSION_CONTROL: 'numbered',
  SIMPLE_BACKUP_SUFFIX: '.bak',
  GREP_OPTIONS: '-i',
  IFS: '/',
  stage: '/srv',
  plan: 'x',
  n: 'n',
};

function generateLogin(random: Random): Login {
  if (random.chance(0.75)) return { umask: 0o022, environment: {} };
  const names = random.some(Object.keys(SETTINGS), 0);
  return {
    umask: random.pick([0o022, 0o077, 0o002, 0o000, 0o027]),
    environment: Object.fromEntries(names.map((name) => [name, SETTINGS[name] ?? ''])),
  };
}

export interface Site extends DestinationRequest {
  readonly random: Random;
  readonly state: NodeState;
  /** Where the directories of the upload are on this node, by their paths below the destination. */
  readonly places: Map<string, string>;
  /** Places of wanted files and links that are there. */
  readonly leaves: string[];
}

const ALWAYS_THERE = ['/', '/srv', '/home', ...Object.values(ACCOUNTS).map(({ home }) => home)];

export function isAlwaysThere(path: string): boolean {
  return ALWAYS_THERE.includes(path);
}

/** The destination, as much of it as is there, and what its spelling needs. */
function addDestination(site: Site): void {
  const { random, state, destination, place } = site;
  const parts = destination.split('/').filter(Boolean);
  const isWhole = place?.isThere === true || random.chance(0.7);
  const count = isWhole ? parts.length : random.whole(0, parts.length - 1);
  for (let depth = 1; depth <= count; depth++) {
    const path = `/${parts.slice(0, depth).join('/')}`;
    if (!isAlwaysThere(path)) state.specs.set(path, directorySpec(site));
  }
  for (const path of place?.directories ?? []) state.specs.set(path, openSpec(0));
  for (const [path, target] of place?.links ?? []) {
    state.specs.set(path, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, body: target });
  }
}

/** Whoever works there may mostly write to it. */
export function directorySpec({ random, names, uid }: Site): Spec {
  const spec = newSpec(random, names, 'directory');
  if (uid === 0) return spec;
  if (random.chance(0.75))
    return { ...spec, uid, gid: random.chance(0.9) ? uid : spec.gid, mode: spec.mode | 0o700 };
  if (random.chance(0.5)) return { ...spec, uid, gid: uid };
  return { ...spec, mode: spec.mode | 0o055 };
}

export function openSpec(uid: number): Spec {
  return { type: 'directory', mode: 0o755, uid, gid: uid, time: 1_500_000_000, body: '' };
}

/** What is there of one directory of the upload, and beside it. `at`: where it is on the node. */
function fill(site: Site, directory: string, at: string): void {
  const { random, state, wanted, names, places } = site;
  places.set(directory, at);
  for (const [path, { type, isNamed }] of wanted) {
    if (dirname(path) !== (directory === '' ? '/' : directory)) continue;
    const here = `${at === '/' ? '' : at}/${path.slice(path.lastIndexOf('/') + 1)}`;
    if (isAlwaysThere(here)) fill(site, path, here);
    if (state.specs.has(here) || isAlwaysThere(here) || !random.chance(chanceOf(path, wanted))) continue;
    if (type !== 'directory') addLeaf(site, here);
    else if (!isNamed && random.chance(0.12)) addLinked(site, path, here);
    else {
      state.specs.set(here, directorySpec(site));
      fill(site, path, here);
    }
  }
  for (const name of names) {
    const here = `${at === '/' ? '' : at}/${name}`;
    if (
      state.specs.has(here) ||
      isAlwaysThere(here) ||
      wanted.has(`${directory}/${name}`) ||
      !random.chance(0.15)
    )
      continue;
    state.specs.set(here, newSpec(random, names, random.pick(['file', 'symlink', 'directory'])));
  }
}

/** How likely a name is there. What lies at the end of a long path would never be. */
function chanceOf(path: string, wanted: DestinationRequest['wanted']): number {
  const isOnLongWay = [...wanted.keys()].some(
    (other) => other.length > LONG_CHARS_MIN && (other === path || other.startsWith(`${path}/`)),
  );
  return isOnLongWay ? 0.99 : 0.6;
}

/** An older file or link, or another name of one. */
function addLeaf(site: Site, here: string): void {
  const { random, state, names, uid, leaves } = site;
  const files = [...state.specs].filter(([, { type, linkTo }]) => type === 'file' && linkTo === undefined);
  leaves.push(here);
  if (files.length > 0 && random.chance(0.15)) {
    const [linkTo, spec] = random.pick(files);
    state.specs.set(here, { ...spec, linkTo });
    return;
  }
  const spec = newSpec(random, names, random.chance(0.8) ? 'file' : 'symlink');
  state.specs.set(here, uid === 0 || random.chance(0.3) ? spec : { ...spec, uid, gid: uid });
}

/** A parent that nobody named is a link to a directory elsewhere. */
function addLinked(site: Site, path: string, here: string): void {
  const { random, state } = site;
  const elsewhere = `/srv/else${state.specs.size}`;
  state.specs.set(elsewhere, directorySpec(site));
  const target = random.chance(0.5)
    ? elsewhere
    : `${'../'.repeat(dirname(here).split('/').filter(Boolean).length)}${elsewhere.slice(1)}`;
  state.specs.set(here, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, body: target });
  fill(site, path, elsewhere);
}
