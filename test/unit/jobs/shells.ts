/** Shells of this machine. */
import { readFileSync } from 'node:fs';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { JobEvent } from '../../../src/jobs/job-types.ts';
import type { SiteConfig } from '../../../src/jobs/types.ts';

/** A shell of this machine, and what is heard of it where nothing else has its output. */
export function shellOf(config: SiteConfig = {}, killGraceMs = 5_000) {
  const heard = { stdout: '', stderr: '' };
  const tell = (event: JobEvent) => {
    if (event.type === 'output') heard[event.stream] += Buffer.from(event.chunk).toString();
  };
  const program = createJobs({ tell, killGraceMs });
  return { heard, program, shell: program.shellOn({ ...config, name: 'here' }) };
}

/** Collects what is written to it. */
export class Kept {
  text = '';
  write(chunk: Uint8Array | string): void {
    this.text += Buffer.from(chunk as Uint8Array).toString();
  }
}

/** Of these numbers, processes that do more than wait to be reaped. */
export function living(pids: string): string[] {
  return pids.split(/\s+/).filter((pid) => {
    if (pid === '') return false;
    try {
      return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  });
}
