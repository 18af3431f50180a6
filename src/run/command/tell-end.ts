/** Notes how the command of one node has ended, and tells it. */

import { LockstepError } from '../../core/errors.ts';
import type { Emit } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';

export async function tellEnd(
  { outcomes, emit }: { outcomes: Map<string, Outcome>; emit: Emit },
  node: Node,
  outcome: Outcome,
): Promise<void> {
  outcomes.set(node.id, outcome);
  await emit({ type: 'output-end', node });
  if (outcome.kind === 'ok') return void emit({ type: 'node-done', phase: 'exec', node });
  const error =
    outcome.kind === 'timed-out'
      ? new LockstepError('command-timed-out', 'remote command took too long', { node })
      : new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
  void emit({ type: 'node-failed', phase: 'exec', node, error });
}
