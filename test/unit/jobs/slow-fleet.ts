/** Sites with one job, whose commands are at work until somebody ends them. */
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { Action, BatchOutcome, JobEvent } from '../../../src/jobs/job-types.ts';
import type { Ground } from '../../../src/jobs/types.ts';

/** Commands that are at work until they are ended, or told to. */
export class SlowGround {
  readonly told: string[] = [];
  readonly ends = new Map<string, () => void>();

  readonly ground = (name: string): Ground => ({
    transfer: async () => {},
    start: (command) => {
      this.told.push(`+${command} on ${name}`);
      let settle: (end: { code: number | undefined; signal: string | undefined }) => void = () => {};
      const result = new Promise<{ code: number | undefined; signal: string | undefined }>((resolve) => {
        settle = (end) => {
          this.told.push(`-${command} on ${name}`);
          resolve(end);
        };
      });
      this.ends.set(`${command} on ${name}`, () => settle({ code: 0, signal: undefined }));
      return { result, end: () => settle({ code: undefined, signal: 'SIGTERM' }) };
    },
  });
}

export function fleetOf(names: readonly string[], action: Action, events: JobEvent[] = []) {
  const slow = new SlowGround();
  const program = createJobs({
    local: ({ name }) => slow.ground(name),
    tell: (event) => void events.push(event),
  });
  program.sites.add(names, 'web');
  program.jobs.add('job', 'web', action);
  return { ...program, slow };
}

/** `A: why`. */
export const errorsOf = ({ schedule }: BatchOutcome) =>
  schedule.outcomes.flatMap(({ site, actions }) =>
    actions.flatMap(({ errors }) => errors.map(({ message }) => `${site}: ${message}`)),
  );
