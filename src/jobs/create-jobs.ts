/** A program's sites and jobs, and the schedules that run them. `open` provides what connects to hosts. */
import { systemClock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Schedules } from './job-types.ts';
import { localGround } from './local/local-ground.ts';
import { refusal } from './names.ts';
import { Batch, type BatchSettings, schedulesOf } from './schedules/batch.ts';
import { Jobs } from './schedules/jobs.ts';
import type { JobsSettings } from './settings.ts';
import { abortError, onAnyAbort } from './shells/aborts.ts';
import { checkSite } from './shells/read-run.ts';
import { SiteShell } from './shells/shell.ts';
import { Works } from './shells/works.ts';
import { Sites } from './sites/sites.ts';
import { guardedTell } from './tell/guarded-tell.ts';
import type { Ground, Shell, Site } from './types.ts';

export interface JobsOfProgram extends Schedules {
  readonly sites: Sites;
  readonly jobs: Jobs;
  /** A shell of its own, which `close` ends; without a ground it is one of this machine. */
  shellOn(site: Site, ground?: Ground): Shell;
  /** Ends all work, and resolves when nothing of it is left. Schedules reject. */
  close(): Promise<void>;
}

export function createJobs(settings: JobsSettings = {}): JobsOfProgram {
  const { clock = systemClock, killGraceMs = LIMITS.killGraceMs, check = false, tell = () => {} } = settings;
  const ender = new AbortController();
  const stop = onAnyAbort([settings.signal], (error) => ender.abort(error));
  const works = new Works();
  const atWork = new Set<Promise<unknown>>();
  onAnyAbort([ender.signal], (why) => void works.endAll(why));
  const local = settings.local ?? ((site) => localGround({ clock, killGraceMs }, site));
  const [sites, jobs] = [new Sites(), new Jobs()];
  const ofBatch: BatchSettings = {
    ...{ sites, jobs, clock, check, tell, local },
    open: settings.open,
    signal: ender.signal,
  };
  const keep = <T>(work: Promise<T>): Promise<T> => {
    const settled: Promise<unknown> = work.then(nothing, nothing).then(() => atWork.delete(settled));
    atWork.add(settled);
    return work;
  };
  return {
    sites,
    jobs,
    ...(schedulesOf((names, options, mode) =>
      keep(new Batch(ofBatch).run(names, options, mode)),
    ) as Schedules),
    shellOn(site, ground = local(site)) {
      checkSite(site);
      const guard = (what: string) => {
        if (ender.signal.aborted) throw refusal(`${what} was called when all was over`);
      };
      const of = { id: 'shell', job: 'shell', site: site.name, fragment: 1, fragments: 1 };
      return new SiteShell({
        ...{ site, ground, of, clock, check, guard },
        // It has no schedule that its failure could fail; its output is its command's.
        tell: guardedTell(tell, nothing),
        begin: (work) => works.begin(work),
      });
    },
    async close() {
      if (!ender.signal.aborted) ender.abort(new LockstepError('interrupted', 'the fleet was closed'));
      stop();
      await works.endAll(abortError(ender.signal));
      while (atWork.size > 0) await Promise.all(atWork);
    },
  };
}

const nothing = () => {};
