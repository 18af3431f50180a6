/** File trees: what one looks like, as it is found, and how one is made. Names are UTF-8; paths begin with a slash. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path/posix';

/** All that is compared of one name. */
export interface Facts {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Of a file the contents, or their sum; of a link its target. */
  readonly body: string;
  /** Names with the same one are links to one file. */
  readonly inode: string;
}

export type Tree = ReadonlyMap<string, Facts>;

/** A name that is to be made. */
export interface Spec {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds; undefined: when it was made, to the nanosecond. */
  readonly time?: number | undefined;
  /** Contents, or target. */
  readonly body: string;
  /** Another name of a file that stands before it. */
  readonly linkTo?: string | undefined;
}

/** Parents stand before what is in them. */
export type Specs = Map<string, Spec>;

/** What lies at and below these paths of the tree at `base`; what is not there is left out. */
export function readTree(base: string, tops: readonly string[]): Map<string, Facts> {
  const tree = new Map<string, Facts>();
  for (const top of tops) visit(tree, `${base}${top}`, top);
  return tree;
}

/** One name of it. */
export function readFacts(place: string): Facts | undefined {
  const status = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const type = status.isFile()
    ? 'file'
    : status.isDirectory()
      ? 'directory'
      : status.isSymbolicLink()
        ? 'symlink'
        : 'other';
  const body = type === 'file' ? bodyOf(readFileSync(place)) : type === 'symlink' ? readlinkSync(place) : '';
  return {
    type,
    mode: Number(status.mode) & 0o7777,
    uid: Number(status.uid),
    gid: Number(status.gid),
    mtimeNs: status.mtimeNs,
    body,
    inode: `${status.dev}:${status.ino}`,
  };
}

export function bodyOf(contents: Buffer): string {
  if (contents.length <= 100) return contents.toString('latin1');
  return `${contents.length} bytes, ${createHash('md5').update(contents).digest('hex')}`;
}

/** Paths longer than the kernel takes are walked by open directories. */
const PLACE_CHARS_MAX = 2_000;

function visit(tree: Map<string, Facts>, place: string, path: string): void {
  const facts = readFacts(place);
  if (facts === undefined) return;
  tree.set(path, facts);
  if (facts.type !== 'directory') return;
  inDirectory(place, (directory) => {
    for (const name of readdirSync(directory)) visit(tree, `${directory}/${name}`, `${path}/${name}`);
  });
}

function inDirectory(place: string, work: (directory: string) => void): void {
  if (place.length < PLACE_CHARS_MAX) return work(place === '/' ? '' : place);
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    work(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes what is not there yet; times come last, since each new name is a change of its directory. */
export function makeTree(base: string, specs: Specs): void {
  for (const [path, spec] of specs) at(base, path, (place) => make(base, place, spec));
  for (const [path, { time }] of [...specs].reverse()) {
    if (time === undefined) continue;
    // Only a Date may lie before 1970.
    const moment = time < 0 ? new Date(time * 1000) : time;
    at(base, path, (place) => lutimesSync(place, moment, moment));
  }
}

function make(base: string, place: string, { type, mode, uid, gid, body, linkTo }: Spec): void {
  if (linkTo !== undefined) return at(base, linkTo, (first) => linkSync(first, place));
  if (type === 'directory') {
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) mkdirSync(place);
  } else if (type === 'file') writeFileSync(place, Buffer.from(body, 'latin1'));
  else symlinkSync(body, place);
  lchownSync(place, uid, gid);
  if (type !== 'symlink') chmodSync(place, mode);
}

/** Hands on a path that the kernel takes. */
function at(base: string, path: string, work: (place: string) => void): void {
  const whole = `${base}${path}`;
  if (whole.length < PLACE_CHARS_MAX) return work(whole);
  at(base, dirname(path), (parent) => {
    inDirectory(parent, (directory) => work(`${directory}/${path.slice(path.lastIndexOf('/') + 1)}`));
  });
}

/** One name for people: `-rw-r--r--`-like facts on a line. */
export function describe({ type, mode, uid, gid, mtimeNs, body }: Facts): string {
  const shown = type === 'directory' ? '' : ` ${JSON.stringify(body)}`;
  return `${type} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid} ${mtimeNs}${shown}`;
}
