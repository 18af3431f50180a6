/**
 * One entry as a header of the archive. What does not fit into the old fields goes into pax records. GNU tar and bsdtar obey all
 * of these, busybox only those for names.
 */
import type { Entry, Xattr } from './entry.ts';
import { TREE } from './layout.ts';
import { xattrsOf } from './xattrs/sent-xattrs.ts';

export interface Ownership {
  /** False (`--no-preserve-uid`): the archive gives the files to root (0). */
  readonly preserveUid: boolean;
  readonly preserveGid: boolean;
}

export interface TarHeader {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  readonly mode: number;
  /** At most seven octal digits, as `gid`. */
  readonly uid: number;
  readonly gid: number;
  /** Of files only: any other entry with one breaks the archive. */
  readonly size?: number;
  readonly mtime: Date;
  readonly linkname?: string;
  /** By their keys: values that fit no field of the header, or only in part. */
  readonly pax?: Readonly<Record<string, string>>;
  readonly xattrs?: readonly Xattr[];
}

export function headerOf(entry: Entry, ownership: Ownership): TarHeader {
  const { mode, uid, gid } = attributesOf(entry, ownership);
  const pax: Record<string, string> = {};
  // Owner names are never sent: numbers mean the same on every node (promise F10).
  if (uid > OWNER_MAX) pax.uid = String(uid);
  if (gid > OWNER_MAX) pax.gid = String(gid);
  if (!fitsHeader(entry.mtimeNs)) pax.mtime = formatTime(entry.mtimeNs);
  const xattrs = xattrsOf(entry, ownership);
  return {
    name: TREE + entry.member,
    mode,
    uid: Math.min(uid, OWNER_MAX),
    gid: Math.min(gid, OWNER_MAX),
    mtime: headerTime(entry.mtimeNs),
    ...(Object.keys(pax).length > 0 ? { pax } : {}),
    ...(xattrs.length > 0 ? { xattrs } : {}),
    ...typeFields(entry),
  };
}

/**
 * Mode and owner that a member shall have on the nodes. The set-user-id bit of a file is dropped where its owner is not kept, and
 * the set-group-id bit where its group is not: the program would run with the rights of another owner (promise F10).
 */
export function attributesOf(
  { type, mode, uid, gid }: Entry,
  { preserveUid, preserveGid }: Ownership,
): { readonly mode: number; readonly uid: number; readonly gid: number } {
  const dropped = type === 'directory' ? 0 : (preserveUid ? 0 : 0o4000) | (preserveGid ? 0 : 0o2000);
  return { mode: mode & ~dropped, uid: preserveUid ? uid : 0, gid: preserveGid ? gid : 0 };
}

/** Whether user and group of all that is sent are root's: what root unpacks is that without a word. */
export function isAllRoots(entries: readonly Entry[], { preserveUid, preserveGid }: Ownership): boolean {
  return entries.every(({ uid, gid }) => !(preserveUid && uid !== 0) && !(preserveGid && gid !== 0));
}

/** The entry as an archive has it whose readers set the rest of its time by the list: at the second before, where the header can hold that. */
export function atWholeSecond(entry: Entry): Entry {
  const fraction = entry.mtimeNs % NS;
  return entry.mtimeNs < 0n || fraction === 0n ? entry : { ...entry, mtimeNs: entry.mtimeNs - fraction };
}

/** Six octal digits, which every reader takes. */
const OWNER_MAX = 0o777777;

const NS = 1_000_000_000n;

/** Old readers hold a time in 32 bits, signed; and the field has no way to write a negative one. */
const SECONDS_MAX = 0x7fff_ffffn;

function fitsHeader(mtimeNs: bigint): boolean {
  return mtimeNs >= 0n && mtimeNs % NS === 0n && mtimeNs / NS <= SECONDS_MAX;
}

/** Whole seconds, rounded down as tar does, for readers that do not know pax times. */
function headerTime(mtimeNs: bigint): Date {
  const seconds = mtimeNs < 0n ? 0n : mtimeNs / NS;
  return new Date(Number(seconds > SECONDS_MAX ? SECONDS_MAX : seconds) * 1000);
}

/** Seconds with nine decimals, e.g. `-0.500000000`. */
function formatTime(mtimeNs: bigint): string {
  const distance = mtimeNs < 0n ? -mtimeNs : mtimeNs;
  return `${mtimeNs < 0n ? '-' : ''}${distance / NS}.${String(distance % NS).padStart(9, '0')}`;
}

function typeFields(entry: Entry): Pick<TarHeader, 'type' | 'linkname' | 'size'> {
  switch (entry.type) {
    case 'file':
      return { type: 'file', size: entry.size };
    case 'directory':
      return { type: 'directory' };
    case 'symlink':
      return { type: 'symlink', linkname: entry.target };
    case 'hardlink':
      return { type: 'link', linkname: TREE + entry.to };
  }
}
