/** One wanted member beside what a node has in its place. Pure. */
import type { Attribute } from '../../core/events.ts';
import type { Entry } from '../entry.ts';
import { attributesOf, type Ownership } from '../header.ts';
import type { Seen } from './seen.ts';
import type { Wanted } from './wanted.ts';

/**
 * `new`: nothing is there. `content`: other bytes, or another link. `attributes`: mode, owner or time alone. `clash`: a directory here
 * and none there, or the other way round, which an upload refuses. `unread`: as long as it is here, and so its bytes decide.
 */
export type Kind = 'equal' | 'new' | 'content' | 'attributes' | 'clash' | 'unread';

export interface Verdict {
  readonly kind: Kind;
  /** In which attributes it is another one, whatever the kind. */
  readonly attributes: readonly Attribute[];
}

/** How the members of one node are compared. */
export interface Comparison {
  readonly ownership: Ownership;
  /** Of the account that writes there: only root may give files to others. */
  readonly uid: number;
  /** Directories that are there stay as they are. */
  readonly keepsDirectories: boolean;
  /** Bytes decide wherever the size is equal. */
  readonly comparesContents: boolean;
  /** What an upload would leave as it is counts too: attributes of directories of other accounts. */
  readonly isAudit: boolean;
}

/** What lies at the path of a member, and what it leads to where it is a link that is followed. */
export interface There {
  readonly seen: Seen | undefined;
  readonly behind?: Seen | undefined;
  /** Of a hard link: the inode where its first name shall be. */
  readonly firstInode?: string | undefined;
}

const EQUAL: Verdict = { kind: 'equal', attributes: [] };
const NEW: Verdict = { kind: 'new', attributes: [] };
const CLASH: Verdict = { kind: 'clash', attributes: [] };

export function compare(wanted: Wanted, { seen, behind, firstInode }: There, how: Comparison): Verdict {
  if (seen === undefined) return NEW;
  if (wanted.type === 'parent') return isDirectory(behind) ? EQUAL : CLASH;
  if (wanted.type === 'directory') {
    const directory = isDirectory(seen) ? seen : behind;
    if (directory === undefined || !isDirectory(directory)) return CLASH;
    if (!how.isAudit && how.uid !== 0 && directory.uid !== how.uid) return EQUAL;
    return how.keepsDirectories ? EQUAL : ofAttributes(unlike(wanted, directory, how), how);
  }
  if (isDirectory(seen)) return CLASH;
  const attributes = unlike(wanted, seen, how);
  if (isOther(wanted, seen, firstInode)) return { kind: 'content', attributes: heeded(attributes, how) };
  if (wanted.type !== 'file') return ofAttributes(attributes, how);
  const isProven = attributes.length === 0 && seen.mtimeNs % NS !== 0n && !how.comparesContents;
  return isProven || wanted.size === 0 ? ofAttributes(attributes, how) : { kind: 'unread', attributes };
}

/** Once its bytes are known. */
export function afterReading({ attributes }: Verdict, isSame: boolean, how: Comparison): Verdict {
  return isSame ? ofAttributes(attributes, how) : { kind: 'content', attributes: heeded(attributes, how) };
}

/**
 * Whether attributes alone, in which it differs, can be set where it lies, and be set back. A directory is sent, which costs nothing; a
 * file that has other names, belongs to another account, or would lose what a new owner takes away, is replaced.
 */
export function mayMend(
  { type }: Wanted,
  { seen, attributes }: { seen: Seen; attributes: readonly Attribute[] },
  { ownership, uid }: Comparison,
): boolean {
  if ((type !== 'file' && type !== 'symlink') || seen.links !== 1) return false;
  const keepsOwner = uid === 0 && (ownership.preserveUid || ownership.preserveGid);
  const isProgram = type === 'file' && (seen.mode & 0o6111) !== 0;
  if (attributes.includes('owner')) return keepsOwner && !isProgram;
  return uid === 0 || (seen.uid === uid && (type === 'symlink' || (seen.mode & 0o6000) === 0));
}

function ofAttributes(unlike: readonly Attribute[], how: Comparison): Verdict {
  const attributes = heeded(unlike, how);
  return attributes.length === 0 ? EQUAL : { kind: 'attributes', attributes };
}

/** Who asks what has drifted does not mean times. */
function heeded(attributes: readonly Attribute[], { isAudit }: Comparison): readonly Attribute[] {
  return isAudit ? attributes.filter((attribute) => attribute !== 'time') : attributes;
}

function isOther(
  wanted: Exclude<Entry, { type: 'directory' }>,
  seen: Seen,
  firstInode: string | undefined,
): boolean {
  const type = wanted.type === 'symlink' ? LINK : FILE;
  if ((seen.mode & KIND) !== type) return true;
  if (wanted.type === 'symlink') return seen.target !== Buffer.from(wanted.target).toString('latin1');
  return wanted.type === 'hardlink' ? seen.inode !== firstInode : seen.size !== wanted.size;
}

const NS = 1_000_000_000n;
const KIND = 0o170000;
const FILE = 0o100000;
const LINK = 0o120000;
const DIRECTORY = 0o040000;

function isDirectory(seen: Seen | undefined): boolean {
  return seen !== undefined && (seen.mode & KIND) === DIRECTORY;
}

/** The rules of what an upload proves of each member (fit.pl, prove.pl): which bits count, and whose owner. */
function unlike(wanted: Entry, seen: Seen, { ownership, uid, isAudit }: Comparison): Attribute[] {
  const { preserveUid, preserveGid } = ownership;
  const keepsOwner = uid === 0 && (preserveUid || preserveGid);
  // What is sent so belongs to the account; a directory that is there stays whose it is.
  const isOfAnother = seen.uid !== uid && wanted.type !== 'directory' && !isAudit;
  const shall = attributesOf(wanted, ownership);
  const found: Attribute[] = [];
  if (
    wanted.type !== 'symlink' &&
    !isModeAsWanted(wanted, { shall: shall.mode, is: seen.mode, keepsOwner })
  ) {
    found.push('mode');
  }
  if (keepsOwner ? seen.uid !== shall.uid || seen.gid !== shall.gid : isOfAnother) found.push('owner');
  if (!isTimeAsWanted(wanted.mtimeNs, seen.mtimeNs)) found.push('time');
  return found;
}

function isModeAsWanted(
  { type }: Entry,
  { shall, is, keepsOwner }: { shall: number; is: number; keepsOwner: boolean },
): boolean {
  if (keepsOwner) return (shall & 0o7777) === (is & 0o7777);
  // Elsewhere a directory has the set-group-id bit by where it is, and a file has neither bit.
  if (type === 'directory') return (shall & 0o5777) === (is & 0o5777);
  return (shall & 0o1777) === (is & 0o7777);
}

/** Many programs of nodes keep whole seconds: those are the same time, as far as such a node can tell. */
function isTimeAsWanted(shall: bigint, is: bigint): boolean {
  return shall === is || (is % NS === 0n && floorSeconds(shall) === is);
}

function floorSeconds(ns: bigint): bigint {
  return ns - (((ns % NS) + NS) % NS);
}
