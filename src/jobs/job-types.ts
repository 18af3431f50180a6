/** Jobs and their schedules, for those who write them, and the events of a schedule. */
import type { LockstepError } from '../core/errors.ts';
import type { Reason } from '../core/turn.ts';
import type { Shell, Site } from './types.ts';

/** What a job does on one site. It ends when its promise settles; a rejection fails it. */
export type Action<Shared extends object = Record<string, unknown>> = (
  context: ActionContext<Shared>,
) => unknown;

/** Each is part of the one before it: `k3x9ab`, `k3x9ab-1`, `k3x9ab-1-7`. */
export interface Ids {
  readonly batch: string;
  readonly schedule: string;
  readonly action: string;
}

/** What an action gets. It must not call any of it once it is over. */
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
  /** `[k3x9ab-1-7] www1`: the beginning of its lines in a log. */
  readonly issuer: string;
  /** The site's shell. What it has started and is still at work ends with the action. */
  readonly shell: Shell;
  /** One object for all actions of a batch. */
  readonly shared: Shared;
  /** Aborted when the action is over, for whatever reason. */
  readonly signal: AbortSignal;
  report(message: string): void;
  debug(message: string, value?: unknown): void;
  /** Makes the action a failed one, which goes on; ignores null and undefined. */
  fail(error: unknown): void;
  /**
   * Resolves when this many sites have come to this step of this action; left out: all sites that have the action.
   * Rejects if not enough can come: too few may run at once, or too many have ended.
   */
  step(name: string, sites?: number): Promise<void>;
}

/** In which order the jobs of a schedule run on its sites. */
export type Mode =
  /** Each site goes through the jobs at its own pace. */
  | 'site-sequential'
  /** One job on all sites, then the next job. */
  | 'sequential'
  /** One job on one site at a time. */
  | 'atomic'
  /** All at once. */
  | 'parallel';

/** A number, or `25%`. */
export type ShareOf = number | `${number}%`;

/** How many of these sites may be at work at once: each job that is at work on a site takes a place. */
export interface LimitOf {
  readonly name?: string | undefined;
  readonly roles: string | readonly string[];
  /** A percentage counts all sites with the roles, rounded down, and at least 1. */
  readonly max: ShareOf;
}

export interface ScheduleOptions<Shared extends object = Record<string, unknown>> {
  /** Only sites that have one of these roles. */
  readonly roles?: string | readonly string[] | undefined;
  /** Only for `run`: another order than the method's name says. */
  readonly mode?: Mode | undefined;
  /** A job that fails keeps others from starting: that site's next jobs, or all next ones, depending on the mode. */
  readonly breakOnError?: boolean | undefined;
  /** Passes over unknown jobs; left out: refuses them. */
  readonly allowMissing?: boolean | undefined;
  /** The name that people call this schedule. */
  readonly name?: string | undefined;
  /** What actions find in `shared`; later schedules of the batch have the same object. */
  readonly shared?: Shared | undefined;
  readonly limits?: readonly LimitOf[] | undefined;
  /** Sites of the first of these roles come first, and so on, then all others. */
  readonly order?: readonly string[] | undefined;
  /** How many sites of the whole schedule may be at work at once. */
  readonly batch?: ShareOf | undefined;
  /** What a failed job does to its places: it keeps them (with breakOnError), gives them back (without), or nothing more starts. */
  readonly onFailure?: 'hold' | 'release' | 'stop' | undefined;
  /** Once so many jobs have failed, each counted on each site, nothing more starts; a percentage is of the schedule's sites. */
  readonly maxFailures?: ShareOf | undefined;
  /** An action that takes longer fails, and whatever it has started ends. */
  readonly timeoutMs?: number | undefined;
  /** Aborting it ends the schedule, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

export interface ActionOutcome {
  readonly id: string;
  readonly fragment: number;
  /** `timed-out`: it took longer than `timeoutMs`. */
  readonly outcome: 'ok' | 'failed' | 'timed-out';
  /** What the action threw, and what it passed to `fail`, in order. */
  readonly errors: readonly Error[];
}

/** How one job ended on one site. */
export interface JobOutcome {
  readonly job: string;
  /** Its place in the list of jobs, from 0: a job may be there twice. */
  readonly index: number;
  readonly site: string;
  /** `skipped`: it never began. */
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
  /** Ordered by job, then by site. */
  readonly outcomes: readonly JobOutcome[];
  /** How many actions it has, whether they began or not. */
  readonly actionCount: number;
  /** How many actions failed; null for none. */
  readonly errors: number | null;
}

/** Starts schedules: a fleet, or a batch that goes on. */
export interface Schedules<Base extends object = Record<string, unknown>> {
  /** Site-sequential, unless `mode` says otherwise. */
  run: RunSchedule<Base>;
  runSequential: RunSchedule<Base>;
  runAtomic: RunSchedule<Base>;
  runParallel: RunSchedule<Base>;
}

export type RunSchedule<Base extends object> = <Shared extends object = Base>(
  jobs: string | readonly string[],
  options?: ScheduleOptions<Shared>,
) => Promise<BatchOutcome<Shared>>;

/** How a batch has ended so far. Its own `run…` continues it, with the same options unless given others. */
export interface BatchOutcome<Shared extends object = Record<string, unknown>> extends Schedules<Shared> {
  readonly id: string;
  readonly shared: Shared;
  readonly schedules: readonly ScheduleOutcome[];
  /** The last schedule. */
  readonly schedule: ScheduleOutcome;
  /** No action of any schedule has failed. */
  readonly ok: boolean;
}

/** The events of a schedule. */
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
  /**
   * Whole lines of a command, if neither it nor its site has a sink of its own; of a line longer than 64 KiB a part.
   * Awaited: back-pressure.
   */
  | {
      readonly type: 'output';
      readonly of: ActionName;
      readonly stream: 'stdout' | 'stderr';
      readonly chunk: Uint8Array;
      /** The command's last line, which has no newline. */
      readonly endsLine?: boolean;
    }
  | { readonly type: 'wait'; readonly job: string; readonly site: string; readonly reason: Reason }
  | { readonly type: 'skip'; readonly job: string; readonly site: string; readonly reason: string }
  | { readonly type: 'warning'; readonly message: string }
  /** `failure`: it was ended before its own end, or its lock was lost; its run rejects with that. */
  | {
      readonly type: 'schedule-ended';
      readonly outcome: ScheduleOutcome;
      readonly failure?: LockstepError | undefined;
    };

/** The action that an event is about. */
export interface ActionName {
  readonly id: string;
  readonly job: string;
  readonly site: string;
  readonly fragment: number;
  readonly fragments: number;
}
