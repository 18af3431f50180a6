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
