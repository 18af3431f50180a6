/** Looks before a sync which nobody can answer. */
import { LockstepError } from '../../core/errors.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { WorkOf } from '../request/request.ts';
import { destinationOf } from '../sync/sync-plan.ts';

/** Of a look, before anything is connected; throws LockstepError `usage`. */
export function checkLook(asked: WorkOf<'sync'>, collection: Collection | undefined): void {
  if (asked.command === undefined || destinationOf(asked, collection) !== 'run-directory') return;
  const why =
    'the files go into a run directory, which is always new, and only the command knows what it does with them';
  throw unknownLook('usage', why);
}

/** `code`: `usage` promises that nothing has been connected. */
export function unknownLook(code: 'usage' | 'protocol-failed', why: string): LockstepError {
  return new LockstepError(code, `a look cannot tell what this sync would do: ${why}`, {
    hint: 'look with -U, and with -r DIR for the place where they go',
  });
}
