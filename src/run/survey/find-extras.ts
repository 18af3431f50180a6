/** What one node has in the named directories that nobody sends: for audits, and for removal. */
import { LockstepError } from '../../core/errors.ts';
import { DELETE_LIMITS } from '../../core/limits/delete.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { AskedList } from '../../transfer/difference/asked-list.ts';
import type { Difference } from '../../transfer/difference/difference.ts';
import { Extras, nameOf } from '../../transfer/difference/extras.ts';
import { ListReader } from '../../transfer/difference/lists.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { askPaths } from './ask-paths.ts';

/** `delete`: all of it, without what patterns leave out here. */
export type ExtrasWish = 'audit' | 'delete';

/** Rejects with a LockstepError of the node; for `delete` also if the list is too long, or part of it could not be removed. */
export async function findExtras(
  work: HeldRun,
  site: Site,
  { difference, collection, wish }: { difference: Difference; collection: Collection; wish: ExtrasWish },
): Promise<Extras> {
  const { there } = difference;
  const { protection } = collection;
  const isForDelete = wish === 'delete';
  const extras = new Extras({
    isWanted: (member) => there.has(there.pathAt(member)),
    isProtected:
      isForDelete && protection !== undefined ? (...place) => protection.covers(...place) : undefined,
    max: isForDelete ? DELETE_LIMITS.namesMax : LOOK_LIMITS.extraMax,
  });
  // From the node's path of each directory to the prefix of the members in it.
  const starts = new Map(
    scopesOf(difference, collection).map((member) => {
      const start = Buffer.from(`${there.pathAt(member)}/.`).toString('latin1');
      return [start, member === '' ? '' : `${Buffer.from(member).toString('latin1')}/`];
    }),
  );
  if (starts.size === 0) return extras;
  const paths = [...starts.keys()];
  const asked = new AskedList({ length: paths.length, pathAt: (at) => paths[at] ?? '' });
  const readAs = () =>
    new ListReader(paths.length, (path, isDirectory) => {
      const dotAt = path.lastIndexOf('/./');
      const start = starts.get(path.slice(0, dotAt + 2));
      if (start !== undefined) extras.hear(start + path.slice(dotAt + 3), isDirectory);
    });
  await askPaths(work, site, { question: 'list', asked, readAs });
  extras.end();
  if (isForDelete) refuse(site, extras, difference);
  return extras;
}

/** The named directories, where they are; or the destination, if the user named it for its contents, and it is neither `/` nor `.`. */
function scopesOf(difference: Difference, { roots, isTop }: Collection): string[] {
  const { there } = difference;
  const isThere = (at: number) => !['new', 'clash'].includes(difference.verdictAt(at).kind);
  const named = new Set(roots);
  const top = there.pathAt('');
  const scopes: string[] = [];
  for (const [at, one] of there.wanted.entries()) {
    if (one.type === 'directory' && named.has(one.member) && isThere(at)) scopes.push(one.member);
    if (isTop && one.type === 'parent' && one.path === top && isThere(at)) return [''];
  }
  return scopes;
}

function refuse({ node }: Site, extras: Extras, { followed, hasTwins, there }: Difference): void {
  // A name that is extra in one of them may be one that is sent to the other.
  if (hasTwins && extras.list.length > 0)
    throw new LockstepError('upload-failed', 'two directories that are sent are one place on this node', {
      node,
    });
  const text = extras.hasMore
    ? `more than ${DELETE_LIMITS.namesMax} names that are not here would have to be deleted`
    : behindLink(extras, followed, (member) => there.pathAt(member));
  if (text === undefined) return;
  const hint = extras.hasMore ? { hint: 'name fewer directories, or remove some of it with -C rm' } : {};
  throw new LockstepError('upload-failed', text, { node, ...hint });
}

/** The upload follows a link in the place of a named directory. */
function behindLink(
  { list }: Extras,
  followed: ReadonlySet<string>,
  pathAt: (member: string) => string,
): string | undefined {
  const link = [...followed].find((member) => list.some((extra) => nameOf(extra).startsWith(`${member}/`)));
  return link === undefined
    ? undefined
    : `${pathAt(link)} is a symbolic link there: nothing is removed behind one`;
}
