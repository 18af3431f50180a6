/** Notes nodes that cannot be reached or worked on; `-w` leaves them out. */
import { LockstepError } from '../../core/errors.ts';
import { isHeld } from '../../lock/refusal.ts';
import type { Run } from '../begin.ts';

export function leaveOut(errors: readonly LockstepError[], { outcomes, tell }: Run): void {
  for (const error of errors) noteRefusal(error, outcomes);
  if (errors.length > 0) tell({ type: 'left-out', errors });
}

export function noteRefusal(error: LockstepError, outcomes: Run['outcomes']): void {
  if (error.node !== undefined) outcomes.settle(error.node, { kind: 'refused', error });
}

/** Notes what is said of nodes when the lock is not taken. */
export async function notingUnlocked<T>(
  locking: Promise<T>,
  { outcomes }: Run,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await locking;
  } catch (thrown) {
    const causes = thrown instanceof LockstepError && !signal.aborted ? thrown.causes : [];
    for (const cause of causes) if (cause instanceof LockstepError) noteUnlocked(cause, outcomes);
    throw thrown;
  }
}

/** A node whose lock others hold is none that failed: what an earlier rollout has left there still counts. */
function noteUnlocked(error: LockstepError, outcomes: Run['outcomes']): void {
  if (!isHeld(error)) noteRefusal(error, outcomes);
  else if (error.node !== undefined) outcomes.settle(error.node, { kind: 'skipped', reason: error.message });
}
