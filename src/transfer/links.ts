/** Which files of a release the nodes take from the release before, and the list that tells them so. Pure. */
import type { Entry, FileEntry } from './entry.ts';

/** The name of the list in the archive. */
export const LINKS = 'links';

/** Files that a node has below the directory `from`, and shall have by the same names below `into`. */
export interface LinkList {
  /** `link`: both releases share the file. `copy`: each has its own. */
  readonly how: 'link' | 'copy';
  readonly from: string;
  readonly into: string;
  readonly files: readonly FileEntry[];
}

/** The list in the form that `links.sh` reads. */
export function formatLinks({ how, from, into, files }: LinkList): string {
  const names = files.map(({ member }) => member.slice(into.length + 1));
  return `${[how, from, into, ...names, '/end'].join('\n')}\n`;
}

/**
 * The files that may come from the release before. Not those with several names here: all names of both releases would be one file.
 * Not those whose name is no line of the list as it stands. And not those with xattrs, which nobody has compared.
 */
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
