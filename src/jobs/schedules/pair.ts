/** The unit to which a schedule gives turns. */
import type { Action } from '../job-types.ts';

/** A job on a site: all its actions there, side by side. */
export interface Pair {
  /** `0:www1`. */
  readonly key: string;
  readonly job: string;
  /** The job's place in the list, from 0: it may be there twice. */
  readonly index: number;
  readonly site: string;
  readonly actions: readonly PlannedAction[];
}

export interface PlannedAction {
  /** Its place among all actions of the schedule, from 1. */
  readonly index: number;
  readonly action: Action;
  /** Its place among the job's own, wherever they run. */
  readonly at: number;
}
