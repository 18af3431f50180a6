/** Who holds the lock, on every node. */
import { LockstepError } from '../../core/errors.ts';
import type { Connection } from '../../ssh/transport.ts';
import type { InquiryRun } from '../modes/mode.ts';
import { lockPath } from '../request/work.ts';
import { viewLocks } from './view-locks.ts';

/** Tells for every node who holds the lock, and takes none. */
export async function tellLockStatus(connections: readonly Connection[], context: InquiryRun): Promise<void> {
  const path = lockPath(context.request);
  const views = await viewLocks(connections, path, context);
  context.tell({ type: 'lock-status', lockPath: path, views });
  const isTolerated = context.request.connect.mayLeaveOut && views.length > 0;
  if (views.length < connections.length && !isTolerated) {
    throw new LockstepError('no-answer', 'not all nodes answered');
  }
}
