/** What jobs need to know of the program that runs them. */
import type { Clock } from '../core/clock.ts';
import type { JobEvent, Mode } from './job-types.ts';
import type { Ground, Grounds, Site } from './types.ts';

export interface JobsSettings {
  /**
   * Called once a schedule before anything starts, if any of its sites has a host: takes the lock of all these sites,
   * or of none, and rejects with LockstepError if it cannot. Left out: schedules refuse sites with a host.
   */
  readonly open?: ((sites: readonly Site[], asked: Asked) => Promise<Grounds>) | undefined;
  /** Sites without a host; left out: commands of this machine, by `child_process`. */
  readonly local?: ((site: Site) => Ground) | undefined;
  /** Hears every event. When it returns a promise for output, the command waits. When it throws, the schedule ends. */
  readonly tell?: ((event: JobEvent) => void | Promise<void>) | undefined;
  /** Aborting it ends all schedules. */
  readonly signal?: AbortSignal | undefined;
  /** A command that does not end with 0 rejects, unless it says otherwise. */
  readonly check?: boolean | undefined;
  /** Between TERM and KILL. */
  readonly killGraceMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface Asked {
  /** Aborts when the schedule must end. */
  readonly signal: AbortSignal;
  /** `k3x9ab-1`. */
  readonly schedule: string;
  readonly name: string | undefined;
  readonly mode: Mode;
  readonly jobs: readonly string[];
}
