/** `-w`: leaves out nodes that cannot be reached or worked on. */
import type { LockstepError } from '../../core/errors.ts';
import type { Run } from '../begin.ts';

export function leaveOut(errors: readonly LockstepError[], { outcomes, tell }: Run): void {
  for (const error of errors) noteRefusal(error, outcomes);
  if (errors.length > 0) tell({ type: 'left-out', errors });
}

export function noteRefusal(error: LockstepError, outcomes: Run['outcomes']): void {
  if (error.node !== undefined) outcomes.settle(error.node, { kind: 'refused', error });
}
