/** The modes that work on the nodes while the lock is held. */
import { LockstepError } from '../core/errors.ts';
import { runCommand } from './command/command.ts';
import { failureOf } from './command/command-end.ts';
import type { Work } from './work.ts';

/** What files need is loaded only where there are any. Rejects with the first cause; how each node ended is in `work.outcomes`. */
export async function doWork(work: Work): Promise<void> {
  const { outcomes, collection } = work;
  const asked = work.request.work;
  switch (asked.mode) {
    case 'command':
      await runCommand(work, asked, () => asked);
      break;
    case 'upload':
      if (collection === undefined) throw new LockstepError('bug', 'an upload without files');
      await (await import('./upload/upload.ts')).upload(
        work,
        collection,
        asked,
        () => asked.directory ?? (collection.isAbsolute ? '/' : '.'),
      );
      break;
    case 'sync':
      await (await import('./sync/sync.ts')).sync(work, asked);
      break;
    case 'lock':
      return (await import('./hold/hold.ts')).holdLock(work, asked);
    case 'lock-status':
    case 'lock-break':
      throw new LockstepError('bug', `${asked.mode} does no work on the nodes`);
    default:
      asked satisfies never;
  }
  const failure = failureOf(outcomes.values());
  if (failure !== undefined) throw failure;
}
