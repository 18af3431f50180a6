/** Notes how the command of one node has ended, and tells it. */

import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';

export function tellEnd(
  { outcomes, tell }: { outcomes: Map<string, Outcome>; tell: Tell },
  node: Node,
  outcome: Outcome,
): void {
  outcomes.set(node.id, outcome);
  tell({ type: 'output-end', node });
  if (outcome.kind === 'ok') return tell({ type: 'node-done', phase: 'exec', node });
  const error =
    outcome.kind === 'timed-out'
      ? new LockstepError('command-timed-out', 'remote command took too long', { node })
      : new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
  tell({ type: 'node-failed', phase: 'exec', node, error });
}
