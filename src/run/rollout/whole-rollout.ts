/** A rollout that another run goes on with. */
import type { RestNode } from '../../core/rest.ts';

export interface WholeRollout {
  /** All of its nodes, as a target. */
  readonly target: string;
  /** Those that this run does not work on. */
  readonly rest: readonly RestNode[];
  /** Those of this run that are down, by their ids. */
  readonly again: readonly string[];
}
