/** Checks that need the files of this machine, for `--delete`, before anything is connected. */
import { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { WorkRequest } from '../request/request.ts';
import { isWide } from '../rules/deletes.ts';
import { destinationOf } from '../sync/sync-plan.ts';

/** Throws LockstepError `usage`. */
export function checkDeletes(work: WorkRequest, collection: Collection | undefined): void {
  if (!('deletes' in work) || !work.deletes || collection === undefined) return;
  const { entries, isAbsolute, isTop, roots } = collection;
  if (work.mode === 'sync') {
    const { directory: root, command, staysStaged: keepStaged } = work;
    if (destinationOf({ hasFiles: true, isAbsolute, root, command, keepStaged }) === 'run-directory')
      throw refusal(
        '--delete goes with files that lockstep itself puts in place, and these stay in a run directory',
        'give -r DIR, or use -U',
      );
  }
  const named = new Set(roots);
  const directories = [...entries.entries()].filter(
    ([, { type, member }]) => type === 'directory' && named.has(member),
  );
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
  // The user has named the directory for its contents, each of which is a name now: one of these may be empty.
  if (isTop) return;
  const empty = directories.find(([at, { member }]) => !entries[at + 1]?.member.startsWith(`${member}/`));
  if (empty === undefined) return;
  throw refusal(
    `nothing of ${quoteInput(empty[1].member)} is sent: all that the nodes have in it would go`,
    'is it mounted, and built? to empty it on the nodes, use -C rm',
  );
}

function refusal(message: string, hint: string): LockstepError {
  return new LockstepError('usage', message, { hint });
}
