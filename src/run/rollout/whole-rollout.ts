/** A rollout that another run continues. */
import type { RestNode } from '../../core/rest.ts';

export interface WholeRollout {
  /** All of its nodes, as a target. */
  readonly target: string;
  /** Nodes on which this run does not work. */
  readonly rest: readonly RestNode[];
  /** Nodes of this run that are down. */
  readonly again: readonly RestNode[];
}
