/** Checks that need the files of this machine, for `--delete`, before anything is connected. */
import { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Collection, Entry } from '../../transfer/entry.ts';
import type { WorkRequest } from '../request/request.ts';
import { isWide } from '../rules/deletes.ts';
import { destinationOf } from '../sync/sync-plan.ts';

/** Throws LockstepError `usage`. */
export function checkDeletes(work: WorkRequest, collection: Collection | undefined): void {
  if (!('deletes' in work) || !work.deletes || collection === undefined) return;
  const { entries, isTop, roots } = collection;
  if (work.mode === 'sync' && destinationOf(work, collection) === 'run-directory')
    throw refusal(
      '--delete goes with files that lockstep itself puts in place, and these stay in a run directory',
      'give -r DIR, or use -U',
    );
  const named = new Set(roots);
  const directories = entries.filter(({ type, member }) => type === 'directory' && named.has(member));
  if (directories.length === 0 && !isTop)
    throw refusal(
      '--delete goes with directories, and only files are named',
      'name the directory they are in',
    );
  // The rules have not seen the names in a list.
  if (isTop && isWide(work.directory))
    throw refusal(
      '--delete of . needs -r DIR',
      'otherwise everything else in / or in the login directory would go',
    );
  const filled = rootsWithFiles(entries, named);
  // The user has named `.` for its contents, each of which is a name now: some of these may be empty, and not all.
  const bare = directories.find(({ member }) => !filled.has(member))?.member;
  const empty = isTop && filled.size === 0 ? '.' : isTop ? undefined : bare;
  if (empty === undefined) return;
  throw refusal(
    `no file of ${quoteInput(empty)} is sent: all that the nodes have in it would go`,
    'is it mounted, and built? to empty it on the nodes, use -C rm',
  );
}

/** The named directories of which more is sent than directories. Each stands before what is in it, and before the next one. */
function rootsWithFiles(entries: readonly Entry[], named: ReadonlySet<string>): ReadonlySet<string> {
  const filled = new Set<string>();
  let root = '';
  for (const { type, member } of entries) {
    if (named.has(member)) root = member;
    if (type !== 'directory') filled.add(root);
  }
  return filled;
}

function refusal(message: string, hint: string): LockstepError {
  return new LockstepError('usage', message, { hint });
}
