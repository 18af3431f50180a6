/** What jobs need to know of the program that runs them. */
import type { Clock } from '../core/clock.ts';
import type { JobEvent, Mode } from './job-types.ts';
import type { Ground, Grounds, Site } from './types.ts';

export interface JobsSettings {
  /**
   * Called once a schedule before anything is started, where any of its sites has a host: takes the lock of all of these, or of
   * none, and rejects with LockstepError where it cannot. Left out: sites with a host are refused.
   */
  readonly open?: ((sites: readonly Site[], asked: Asked) => Promise<Grounds>) | undefined;
  /** Sites without a host; left out: commands of this machine, by `child_process`. */
  readonly local?: ((site: Site) => Ground) | undefined;
  /** Hears all that is told. Where it returns a promise for output, the command waits. What it throws ends the schedule. */
  readonly tell?: ((event: JobEvent) => void | Promise<void>) | undefined;
  /** Its abort ends all schedules. */
  readonly signal?: AbortSignal | undefined;
  /** A command that does not end with 0 rejects, where it says nothing else. */
  readonly check?: boolean | undefined;
  /** Between TERM and KILL. */
  readonly killGraceMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface Asked {
  /** Aborted when the schedule is to end. */
  readonly signal: AbortSignal;
  /** `k3x9ab-1`. */
  readonly schedule: string;
  readonly name: string | undefined;
  readonly mode: Mode;
  readonly jobs: readonly string[];
}
