/** How a name must look, and why a run may have to be refused. */
import type { Facts } from './tree.ts';

/** The run must end without a change; the message says why. */
export class Refused extends Error {}

/** What is sent, and how it must arrive. */
export interface Look extends Omit<Facts, 'mtimeNs'> {
  /** fresh: of the time of the run. any: what it will. */
  readonly mtimeNs: bigint | 'fresh' | 'any';
  /** Bits of the mode that may be there or not. */
  readonly modeMayHave?: number;
}

/** What a name must look like. Names with the same inode are links to one file. */
export interface Expected extends Look {
  /** Another group that is as good. */
  readonly gidMayBe?: number;
  /** It may as well look so. */
  readonly or?: Expected | undefined;
}

const SECOND_NS = 1_000_000_000n;

/** Many tools keep whole seconds. */
export function isSameTime(there: Look['mtimeNs'], sent: Look['mtimeNs']): boolean {
  if (there === sent) return true;
  if (typeof there === 'string' || typeof sent === 'string') return false;
  return there % SECOND_NS === 0n && sent - there >= 0n && sent - there < SECOND_NS;
}

/** Whether a file or link has all that is sent, as far as anybody looks: `isRead`, into the files. */
export function hasAll(
  there: Look,
  arrived: Look,
  { isRead, uid }: { isRead: boolean; uid?: number },
): boolean {
  const may = arrived.modeMayHave ?? 0;
  const isMode = arrived.type === 'symlink' || (there.mode & ~may) === (arrived.mode & ~may);
  const isOwner =
    uid === undefined ? there.uid === arrived.uid && there.gid === arrived.gid : there.uid === uid;
  if (there.type !== arrived.type || !isMode || !isOwner) return false;
  if (!isSameTime(there.mtimeNs, arrived.mtimeNs)) return false;
  if (there.body === arrived.body) return true;
  const isUnread = !isRead && there.type === 'file' && (there.mtimeNs as bigint) % SECOND_NS !== 0n;
  return isUnread && sizeOf(there.body) === sizeOf(arrived.body);
}

function sizeOf(body: string): number {
  return Number(/^(\d+) bytes, [0-9a-f]{32}$/.exec(body)?.[1] ?? body.length);
}

/** Set-user-id and set-group-id bits of files come only with the owner, or group, that was sent. */
export function modeOf(
  { type, mode, uid, gid }: Look,
  { owner, group, isExact }: { owner: number; group: number; isExact: boolean },
): { mode: number; may: number } {
  if (type !== 'file') return { mode, may: 0 };
  const bits = (owner === uid ? mode & 0o4000 : 0) | (group === gid ? mode & 0o2000 : 0);
  if (isExact) return { mode, may: 0 };
  return { mode: mode & 0o1777, may: bits };
}
