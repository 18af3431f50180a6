import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { BatchOutcome, Mode, ScheduleOptions } from '../../../src/jobs/job-types.ts';
import { quiet, Stage } from './rehearsal.ts';

export const MODES: readonly Mode[] = ['site-sequential', 'sequential', 'atomic', 'parallel'];

/** Sites A and B, and jobs j1 and j2 on both of them. */
export function twoByTwo() {
  const program = createJobs();
  const stage = new Stage();
  program.sites.add(['A', 'B'], 'web');
  program.jobs.add('j1', 'web', stage.action);
  program.jobs.add('j2', 'web', stage.action);
  const start = async (mode: Mode, options: ScheduleOptions = {}) => {
    const batch = program.run(['j1', 'j2'], { ...options, mode });
    await quiet();
    return { batch };
  };
  return { program, stage, start };
}

/** `j1.A ok, j2.A skipped`. */
export function ends({ schedule }: BatchOutcome): string {
  return schedule.outcomes.map(({ job, site, outcome }) => `${job}.${site} ${outcome}`).join(', ');
}
