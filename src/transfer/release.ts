/**
 * A release as an upload: the members below `releases/NAME`, and the symbolic link `current` that leads there, which the nodes put
 * in place last. The link `releases/.before/NAME` names the release that was current before, so that `--rollback` needs no clock. Pure.
 */
import type { Collection, Entry, SymlinkEntry } from './entry.ts';

export const CURRENT = 'current';
export const RELEASES = 'releases';

/** Owner and time of the links that lockstep makes. */
export interface Links {
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
}

/** The upload that makes the collection the release `name`. `before`: the target of `current` on the nodes now. */
export function releaseOf(
  collection: Collection,
  { name, before, links }: { name: string; before: string | undefined; links: Links },
): Collection {
  const record = before === undefined ? [] : [linkEntry(`${RELEASES}/.before/${name}`, before, links)];
  const moved = below(collection, `${RELEASES}/${name}`);
  const current = currentAt(name, links);
  return {
    ...moved,
    entries: [...current.entries, ...record, ...moved.entries],
    roots: [...current.roots, ...record.map(({ member }) => member), ...moved.roots],
    base: '',
    files: moved.files + 1 + record.length,
  };
}

/** The upload that switches to a release which the nodes have: the link `current` alone. */
export function currentAt(name: string, links: Links): Collection {
  const entry = linkEntry(CURRENT, `${RELEASES}/${name}`, links);
  return { entries: [entry], roots: [CURRENT], isAbsolute: false, base: '', bytes: 0, files: 1, leftOut: [] };
}

/** The same members below a directory, which gets the attributes of the collected directory (`top`). */
export function below(collection: Collection, directory: string): Collection {
  const { top } = collection;
  const moved = (member: string) => `${directory}/${member}`;
  const entries = collection.entries.map(
    (entry): Entry =>
      entry.type === 'hardlink'
        ? { ...entry, member: moved(entry.member), to: moved(entry.to) }
        : { ...entry, member: moved(entry.member) },
  );
  return {
    ...collection,
    entries: top === undefined ? entries : [{ ...top, member: directory }, ...entries],
    roots: top === undefined ? collection.roots.map(moved) : [directory],
    base: collection.base === '' ? directory : moved(collection.base),
    isTop: false,
  };
}

function linkEntry(member: string, target: string, links: Links): SymlinkEntry {
  return { type: 'symlink', member, source: '', mode: 0o120777, target, ...links };
}
