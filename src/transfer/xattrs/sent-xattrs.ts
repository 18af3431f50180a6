/** How extended attributes and ACLs are sent: as pax records, which GNU tar obeys, and as a list by which nodes prove them. Pure. */
import type { Entry, Xattr } from '../entry.ts';

/** What the list is called in the archive. */
export const XATTRS = 'xattrs';

/**
 * What a member is sent with. Capabilities are meant for the owner that the file was sent with, as a set-user-id bit is (promise F10);
 * who gives it to another takes them off.
 */
export function xattrsOf(
  { xattrs = [] }: Entry,
  { preserveUid }: { readonly preserveUid: boolean },
): readonly Xattr[] {
  return preserveUid ? xattrs : xattrs.filter(({ name }) => name !== 'security.capability');
}

/** The key of its pax record, in which GNU tar takes the first `=` for the end. */
export function paxKey({ name }: Xattr): string {
  return `SCHILY.xattr.${name.replaceAll('%', '%25').replaceAll('=', '%3D')}`;
}

/** The members that have some, a line each: its path, then each name and value, in hexadecimal digits. */
export interface XattrList {
  readonly members: readonly string[];
  readonly text: string;
}

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
