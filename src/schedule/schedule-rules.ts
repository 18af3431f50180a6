/** What a run's schedule is told before it begins. */
import type { RolloutRules } from './rollout-rules.ts';

export interface ScheduleRules {
  /** Node ids, in the order in which they start. */
  readonly nodes: readonly string[];
  /** A command that takes longer is ended; undefined: it may take as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** The first command that fails ends all others. */
  readonly isFailFast: boolean;
  /** A command that was told to end is given up after so long. */
  readonly endedMs: number;
  /** A command that has ended, and left something that still has its output, is given up after so long. */
  readonly leftMs: number;
  /** Left out: all nodes start at once. */
  readonly rollout?: RolloutRules | undefined;
  /** Those of `nodes` that are out of reach: they never start, and count as the rollout says. */
  readonly absent?: readonly string[];
  /** Those of `nodes` that an earlier run of the rollout has left down: they never start, and count as failed. */
  readonly down?: readonly string[];
  /** Those of `nodes` that it has left down, and that start again: they keep their places until then. */
  readonly again?: readonly string[];
}
