/** What a run's schedule must know before it begins. */
import type { RolloutRules } from './rollout-rules.ts';

export interface ScheduleRules {
  /** Node ids, in the order in which they start. */
  readonly nodes: readonly string[];
  /** How long a command may take before it is ended; undefined: as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** The first command that fails ends all others. */
  readonly isFailFast: boolean;
  /** How long a command may take to end when told to, before it is given up. */
  readonly endedMs: number;
  /** How long something may hold the output of a command that has ended, before that is given up. */
  readonly leftMs: number;
  /** Left out: all nodes start at once. */
  readonly rollout?: RolloutRules | undefined;
  /** Nodes of `nodes` that are out of reach: they never start, and the rollout says how they count. */
  readonly absent?: readonly string[];
  /** Nodes of `nodes` that an earlier run of the rollout left down: they never start, and count as failed. */
  readonly down?: readonly string[];
  /** Nodes of `nodes` that it left down, and that start again: they keep their places until then. */
  readonly again?: readonly string[];
  /** Nodes of `nodes` whose turn never came, and does not come in this run: orders wait for them, and they are no failures. */
  readonly unbegun?: readonly string[];
}
