/**
 * The package `lockstep-ssh`: commands, files and jobs on many machines at once, under one lock. All times are
 * milliseconds, all sizes bytes. Errors are `LockstepError`s, with a `code`, the `node` if it was one, and a `hint`.
 */
import { createFleet } from './fleet.ts';
import type { Shell, SiteConfig } from './types.ts';

export { type ErrorCode, LockstepError } from '../core/errors.ts';
export type { Node } from '../core/node.ts';
export type { ConnectOptions, Fleet, FleetOptions, LockOptions, TimeOptions } from './fleet-options.ts';
export type {
  Action,
  ActionContext,
  ActionName,
  ActionOutcome,
  BatchOutcome,
  Ids,
  JobEvent,
  JobOutcome,
  LimitOf,
  Mode,
  RunSchedule,
  ScheduleOptions,
  ScheduleOutcome,
  Schedules,
  ShareOf,
} from './job-types.ts';
export type { Names } from './names.ts';
export type { Jobs } from './schedules/jobs.ts';
export type { Merge, Sites } from './sites/sites.ts';
export type {
  Running,
  RunOptions,
  Shell,
  ShellResult,
  Sink,
  Site,
  SiteConfig,
  SpawnOptions,
  TransferOptions,
} from './types.ts';
export { createFleet };

/**
 * A shell of a host (`[user@]host[:port]`), or of this machine, without a fleet: `await shell('web1').run('uptime')`.
 * It connects to the host, and locks it, while one of its commands is at work.
 */
export function shell(host?: string, config?: SiteConfig): Shell {
  return createFleet().shell(host, config);
}
