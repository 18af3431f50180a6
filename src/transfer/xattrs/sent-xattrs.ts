/** How extended attributes and ACLs are sent: as pax records, which GNU tar obeys, and as a list by which nodes check them. Pure. */
import type { Entry, Xattr } from '../entry.ts';

/** The name of the list in the archive. */
export const XATTRS = 'xattrs';

/**
 * The xattrs with which a member is sent. Where its owner is not kept it is sent without capabilities, as without a set-user-id bit:
 * they would give their rights to another owner's program (promise F10).
 */
export function xattrsOf(
  { xattrs = [] }: Entry,
  { preserveUid }: { readonly preserveUid: boolean },
): readonly Xattr[] {
  return preserveUid ? xattrs : xattrs.filter(({ name }) => name !== 'security.capability');
}

/** The key of the pax record. GNU tar takes the first `=` for its end, so one in the name is escaped. */
export function paxKey({ name }: Xattr): string {
  return `SCHILY.xattr.${name.replaceAll('%', '%25').replaceAll('=', '%3D')}`;
}

export interface XattrList {
  /** The members that have some. */
  readonly members: readonly string[];
  /** A line for each of them: its path, then each name and value, in hexadecimal digits. */
  readonly text: string;
}

/** The list by which nodes check that xattrs have been kept. */
export function listXattrs(
  entries: readonly Entry[],
  ownership: { readonly preserveUid: boolean },
): XattrList {
  const members: string[] = [];
  const lines: string[] = [];
  for (const entry of entries) {
    const xattrs = xattrsOf(entry, ownership);
    if (xattrs.length === 0) continue;
    const pairs = xattrs.map(({ name, value }) => `${digits(name)}=${digits(value)}`);
    members.push(entry.member);
    lines.push(`${digits(Buffer.from(entry.member).toString('latin1'))} ${pairs.join(' ')}\n`);
  }
  return { members, text: lines.join('') };
}

const digits = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex');
