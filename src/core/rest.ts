/** A node of a rollout that goes on in another run, in the state in which an earlier run left it. */
import type { Node } from './node.ts';

export interface RestNode {
  /** Its place among all nodes of the rollout. */
  readonly at: number;
  readonly node: Node;
  /** How it ended, in the journal's words, and why. */
  readonly kind: string;
  readonly detail: string;
  /** It was out of reach there, and left out. */
  readonly isOut?: boolean;
}
