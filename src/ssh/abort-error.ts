import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';

/** Makes the error of a step that the signal has cut short. */
export function abortError(node: Node, signal: AbortSignal): LockstepError {
  const reason: unknown = signal.reason;
  return reason instanceof LockstepError
    ? reason
    : new LockstepError('interrupted', 'connecting was called off', { node });
}
