/** Tells how the command of one node ended. */
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Outcomes } from '../outcomes.ts';

export function tellEnd(
  { outcomes, tell }: { outcomes: Outcomes; tell: Tell },
  node: Node,
  outcome: Outcome,
): void {
  tell({ type: 'output-end', node });
  outcomes.settle(node, outcome, 'exec');
}

/** The same for a try that another follows: what becomes of the node is not known yet. */
export function tellTry(
  { outcomes, tell }: { outcomes: Outcomes; tell: Tell },
  node: Node,
  outcome: Outcome,
): void {
  tell({ type: 'output-end', node });
  outcomes.noteTry(node, outcome);
}
