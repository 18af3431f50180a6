/** A node of a rollout that goes on in another run, which leaves it as an earlier one has left it. */
import type { Node } from './node.ts';

export interface RestNode {
  /** Its place among all nodes of the rollout. */
  readonly at: number;
  readonly node: Node;
  /** How it ended, as the journal calls that, and why. */
  readonly kind: string;
  readonly detail: string;
  /** It was out of reach there, and left out. */
  readonly isOut?: boolean;
}
