/** Which files of a release come from the one before, on the nodes, and how they are told. Pure. */
import type { Entry, FileEntry } from './entry.ts';

/** What the list is called in the archive. */
export const LINKS = 'links';

/** The names of one release's files are those of another's, below two directories. */
export interface LinkList {
  /** `link`: another name of the same file. */
  readonly how: 'link' | 'copy';
  readonly from: string;
  readonly into: string;
  readonly files: readonly FileEntry[];
}

/** As `links.sh` reads it. */
export function formatLinks({ how, from, into, files }: LinkList): string {
  const names = files.map(({ member }) => member.slice(into.length + 1));
  return `${[how, from, into, ...names, '/end'].join('\n')}\n`;
}

/** Files with one name, whose name is a line as it stands: a second name would be one of both releases. Nobody knows the xattrs there. */
export function linkable(entries: readonly Entry[]): FileEntry[] {
  const linked = new Set(entries.flatMap((entry) => (entry.type === 'hardlink' ? [entry.to] : [])));
  return entries.flatMap((entry) =>
    entry.type === 'file' &&
    entry.xattrs === undefined &&
    !linked.has(entry.member) &&
    !/[\n\\]/.test(entry.member)
      ? [entry]
      : [],
  );
}

export function bytesOf(files: readonly FileEntry[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
