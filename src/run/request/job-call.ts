/** The request of `lockstep job`, in the words of the domain: the command line makes it, and `process/job-here.ts` carries it out. */
import type { RunRequest } from './request.ts';

export interface JobCall {
  /** Left out: `lockstep.jobs.mjs`, `.js` or `.ts` in this directory. */
  readonly file: string | undefined;
  readonly names: readonly string[];
  readonly roles: readonly string[];
  readonly mode: string | undefined;
  /** Only tells which jobs, roles and sites there are. */
  readonly isListed: boolean;
  /** Only tells what would run, in which order. */
  readonly isPlan: boolean;
  /** A job that fails keeps the next ones from starting. */
  readonly breaksOnError: boolean;
  /** Of mode lock; its targets are sites, too. */
  readonly request: RunRequest;
  readonly remarks: readonly string[];
  /** A descriptor for the events, as JSON lines. */
  readonly eventsTo: number | undefined;
}
