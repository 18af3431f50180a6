/** Jobs and their schedules, as those see them who write them; and what is told while a schedule lasts. */
import type { Reason } from '../core/turn.ts';
import type { Shell, Site } from './types.ts';

/** What a job does on one site. It ends when its promise settles; a rejection fails it. */
export type Action<Shared extends object = Record<string, unknown>> = (
  context: ActionContext<Shared>,
) => unknown;

/** Each is a part of the one before it: `k3x9ab`, `k3x9ab-1`, `k3x9ab-1-7`. */
export interface Ids {
  readonly batch: string;
  readonly schedule: string;
  readonly action: string;
}

/** What an action is given. Nothing of it may be called when the action is over. */
export interface ActionContext<Shared extends object = Record<string, unknown>> {
  /** A copy. */
  readonly site: Site;
  readonly job: string;
  /** Its place among the actions of this job on this site, from 1, and how many there are. */
  readonly fragment: number;
  readonly fragments: number;
  /** Its place among all actions of the schedule, from 1, and how many there are. */
  readonly index: number;
  readonly count: number;
  readonly ids: Ids;
  /** `[k3x9ab-1-7] www1`: what stands before its lines in a log. */
  readonly issuer: string;
  /** Of the site. What was started and is at work when the action is over is ended. */
  readonly shell: Shell;
  /** One object for all actions of a batch. */
  readonly shared: Shared;
  /** Aborted when the action is over, however that came. */
  readonly signal: AbortSignal;
  report(message: string): void;
  debug(message: string, value?: unknown): void;
  /** The action has failed, and goes on; of null or undefined nothing is noted. */
  fail(error: unknown): void;
  /**
   * Resolves when so many sites have come to this step of this action; left out: all sites that have the action. Rejects where
   * so many cannot come: they may not run at once, or have ended.
   */
  step(name: string, sites?: number): Promise<void>;
}

/** In which order the jobs of a schedule run on its sites. */
export type Mode =
  /** Each site goes through the jobs at its own pace. */
  | 'site-sequential'
  /** A job on all sites, then the next job. */
  | 'sequential'
  /** One job on one site at a time. */
  | 'atomic'
  /** All at once. */
  | 'parallel';

/** So many, or `25%`. */
export type ShareOf = number | `${number}%`;

/** At most so many of these sites at once: a place is taken by each job of a site that is at work. */
export interface LimitOf {
  readonly name?: string | undefined;
  readonly roles: string | readonly string[];
  /** A percentage is one of all sites of the roles, rounded down, and at least 1. */
  readonly max: ShareOf;
}

export interface ScheduleOptions<Shared extends object = Record<string, unknown>> {
  /** Only sites that have one of these roles. */
  readonly roles?: string | readonly string[] | undefined;
  /** `run` alone: another order than that of its name. */
  readonly mode?: Mode | undefined;
  /** What a job that fails keeps from starting: the next jobs of that site, or all next ones, as the mode has it. */
  readonly breakOnError?: boolean | undefined;
  /** Jobs that are not known are passed over; left out: refused. */
  readonly allowMissing?: boolean | undefined;
  /** As a person calls this schedule. */
  readonly name?: string | undefined;
  /** What actions find in `shared`; later schedules of the batch have the same object. */
  readonly shared?: Shared | undefined;
  readonly limits?: readonly LimitOf[] | undefined;
  /** Sites of the first of these roles come first, and so on, then all others. */
  readonly order?: readonly string[] | undefined;
  /** So many sites at once, of all of the schedule. */
  readonly batch?: ShareOf | undefined;
  /** What a job that failed does to its places: it keeps them (with breakOnError), gives them back (without), or nothing more starts. */
  readonly onFailure?: 'hold' | 'release' | 'stop' | undefined;
  /** When so many jobs have failed on a site nothing more starts; a percentage is one of the schedule's sites. */
  readonly maxFailures?: ShareOf | undefined;
  /** An action that takes longer has failed, and what it has started is ended. */
  readonly timeoutMs?: number | undefined;
  /** Its abort ends the schedule, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

export interface ActionOutcome {
  readonly id: string;
  readonly fragment: number;
  /** `timed-out`: it had more time than `timeoutMs`. */
  readonly outcome: 'ok' | 'failed' | 'timed-out';
  /** What was thrown, and what was told with `fail`, first one first. */
  readonly errors: readonly Error[];
}

/** How one job has ended on one site. */
export interface JobOutcome {
  readonly job: string;
  /** Its place in the list of jobs, from 0: a job may stand there twice. */
  readonly index: number;
  readonly site: string;
  /** `skipped`: it has never begun. */
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason: string | undefined;
  readonly actions: readonly ActionOutcome[];
}

export interface ScheduleOutcome {
  readonly id: string;
  /** Its place in the batch, from 1. */
  readonly index: number;
  readonly mode: Mode;
  readonly name: string | undefined;
  /** Job by job, and site by site. */
  readonly outcomes: readonly JobOutcome[];
  /** Of how many actions it consists, whether they began or not. */
  readonly actionCount: number;
  /** How many actions have failed; null for none. */
  readonly errors: number | null;
}

/** What starts schedules: a fleet, or a batch that goes on. */
export interface Schedules<Base extends object = Record<string, unknown>> {
  /** Site-sequential, unless `mode` says another. */
  run: RunSchedule<Base>;
  runSequential: RunSchedule<Base>;
  runAtomic: RunSchedule<Base>;
  runParallel: RunSchedule<Base>;
}

export type RunSchedule<Base extends object> = <Shared extends object = Base>(
  jobs: string | readonly string[],
  options?: ScheduleOptions<Shared>,
) => Promise<BatchOutcome<Shared>>;

/** How a batch has ended so far; it goes on with its `run…`, in which options are as before where they are left out. */
export interface BatchOutcome<Shared extends object = Record<string, unknown>> extends Schedules<Shared> {
  readonly id: string;
  readonly shared: Shared;
  readonly schedules: readonly ScheduleOutcome[];
  /** The last of them. */
  readonly schedule: ScheduleOutcome;
  /** No action of any of them has failed. */
  readonly ok: boolean;
}

/** What is told while a schedule lasts. */
export type JobEvent =
  | {
      readonly type: 'schedule-begun';
      readonly id: string;
      readonly name: string | undefined;
      readonly mode: Mode;
      readonly jobs: readonly string[];
      readonly roles: readonly string[] | undefined;
      readonly sites: readonly string[];
      readonly actions: number;
    }
  | { readonly type: 'action-begun'; readonly of: ActionName }
  | { readonly type: 'action-ended'; readonly of: ActionName; readonly outcome: ActionOutcome }
  | { readonly type: 'report'; readonly of: ActionName; readonly message: string }
  | { readonly type: 'debug'; readonly of: ActionName; readonly message: string }
  | { readonly type: 'command'; readonly of: ActionName; readonly command: string }
  /** What a command prints, where neither it nor its site has a sink of its own. Awaited: back-pressure. */
  | {
      readonly type: 'output';
      readonly of: ActionName;
      readonly stream: 'stdout' | 'stderr';
      readonly chunk: Uint8Array;
    }
  | { readonly type: 'wait'; readonly job: string; readonly site: string; readonly reason: Reason }
  | { readonly type: 'skip'; readonly job: string; readonly site: string; readonly reason: string }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'schedule-ended'; readonly outcome: ScheduleOutcome };

/** Of which action something is told. */
export interface ActionName {
  readonly id: string;
  readonly job: string;
  readonly site: string;
  readonly fragment: number;
  readonly fragments: number;
}
