/** Compares one wanted member with what a node has in its place. Pure. */
import type { Attribute } from '../../core/events.ts';
import type { Entry } from '../entry.ts';
import { attributesOf, type Ownership } from '../header.ts';
import type { Seen } from './seen.ts';
import type { Wanted } from './wanted.ts';

/**
 * How the node differs. `new`: it has nothing there. `content`: other bytes, or another link. `attributes`: only another mode, owner
 * or time. `clash`: a directory on one side and none on the other, which an upload refuses. `unread`: a file of the same size, whose
 * bytes have to be compared.
 */
export type Kind = 'equal' | 'new' | 'content' | 'attributes' | 'clash' | 'unread';

export interface Verdict {
  readonly kind: Kind;
  /** Which attributes differ, whatever the kind. */
  readonly attributes: readonly Attribute[];
}

/** How the members of one node are compared. */
export interface Comparison {
  readonly ownership: Ownership;
  /** Of the account that writes on the node: only root can give files to others. */
  readonly uid: number;
  /** Attributes of directories that the node has do not count. */
  readonly keepsDirectories: boolean;
  /** Files of equal size are always read; else equal attributes prove a file. */
  readonly comparesContents: boolean;
  /** Counts attributes of directories that belong to other accounts, which an upload would leave as they are; does not count times. */
  readonly isAudit: boolean;
}

/** What a node has at the path of a member. */
export interface There {
  readonly seen: Seen | undefined;
  /** What the path leads to, where it is a symbolic link that is followed. */
  readonly behind?: Seen | undefined;
  /** For a hard link: the inode of the file that the node has at its first name. */
  readonly firstInode?: string | undefined;
}

const EQUAL: Verdict = { kind: 'equal', attributes: [] };
const NEW: Verdict = { kind: 'new', attributes: [] };
const CLASH: Verdict = { kind: 'clash', attributes: [] };

/** `unread` where the attributes prove nothing: `afterReading` has the verdict then. */
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
  // A time in whole seconds proves nothing: two changes within a second would have the same one.
  const isProven = attributes.length === 0 && seen.mtimeNs % NS !== 0n && !how.comparesContents;
  return isProven || wanted.size === 0 ? ofAttributes(attributes, how) : { kind: 'unread', attributes };
}

/** The verdict on an `unread` file, once its bytes are known. */
export function afterReading({ attributes }: Verdict, isSame: boolean, how: Comparison): Verdict {
  return isSame ? ofAttributes(attributes, how) : { kind: 'content', attributes: heeded(attributes, how) };
}

/**
 * Whether the attributes that differ can be set where the file lies, and be set back when the commit is undone. A directory is sent
 * instead, which costs nothing. A file is replaced where it has other names, belongs to another account, or has bits and capabilities
 * that a change of owner would take away.
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

/** The attributes that count: an audit asks what somebody has changed by hand, and times say nothing of that. */
function heeded(attributes: readonly Attribute[], { isAudit }: Comparison): readonly Attribute[] {
  return isAudit ? attributes.filter((attribute) => attribute !== 'time') : attributes;
}

/** Whether the node has another type of file, or its size, target or inode shows other contents. */
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

/** Which attributes differ, by the rules with which `fit.pl` and `prove.pl` check an upload on the node. */
function unlike(wanted: Entry, seen: Seen, { ownership, uid, isAudit }: Comparison): Attribute[] {
  const { preserveUid, preserveGid } = ownership;
  const keepsOwner = uid === 0 && (preserveUid || preserveGid);
  // Without owners the account owns what it is sent. A directory that the node has keeps its owner.
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
  // Where owners are not kept a directory inherits the set-group-id bit, and a file has neither that bit nor the set-user-id bit.
  if (type === 'directory') return (shall & 0o5777) === (is & 0o5777);
  return (shall & 0o1777) === (is & 0o7777);
}

/** Many programs on nodes set times in whole seconds only: such a time is equal to the wanted one, rounded down. */
function isTimeAsWanted(shall: bigint, is: bigint): boolean {
  return shall === is || (is % NS === 0n && floorSeconds(shall) === is);
}

function floorSeconds(ns: bigint): bigint {
  return ns - (((ns % NS) + NS) % NS);
}
