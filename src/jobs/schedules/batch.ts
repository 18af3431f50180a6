/** A batch: one schedule, or several in a row, with one id and one shared object. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import type {
  BatchOutcome,
  JobEvent,
  JobOutcome,
  Mode,
  RunSchedule,
  ScheduleOptions,
  ScheduleOutcome,
  Schedules,
} from '../job-types.ts';
import { listOf, refusal, someNames } from '../names.ts';
import { abortError, Ender } from '../shells/aborts.ts';
import { checkSite } from '../shells/read-run.ts';
import { Works } from '../shells/works.ts';
import type { Sites } from '../sites/sites.ts';
import { guardedTell, rememberedTell } from '../tell/guarded-tell.ts';
import type { Site } from '../types.ts';
import type { Jobs } from './jobs.ts';
import { type Plan, planOf } from './plan.ts';
import { readOptions } from './read-options.ts';
import { ScheduleRun } from './schedule-run.ts';
import { type GroundSettings, SiteGrounds } from './site-grounds.ts';

export interface BatchSettings extends GroundSettings {
  readonly sites: Sites;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly check: boolean;
  readonly tell: (event: JobEvent) => void | Promise<void>;
  /** Aborts when everything must end. */
  readonly signal: AbortSignal;
}

type Options = ScheduleOptions<object>;

export class Batch {
  readonly id = newId();
  readonly #settings: BatchSettings;
  readonly #ended: ScheduleOutcome[] = [];
  #shared: object | undefined;
  #count = 0;

  constructor(settings: BatchSettings) {
    this.#settings = settings;
  }

  /** Rejects with LockstepError: for a refusal before anything begins, on an abort, and when the lock is lost. */
  async run(names: unknown, given: Options, mode: Mode): Promise<BatchOutcome<object>> {
    const { sites, jobs, signal, clock, check } = this.#settings;
    if (signal.aborted) throw abortError(signal);
    const wish = readOptions(given, mode);
    const plan = planOf(listOf(names, 'a job'), wish, { sites, jobs });
    const configs = new Map(plan.sites.map((name) => [name, sites.get(name) ?? { name }]));
    this.#refuse(configs);
    this.#shared = this.#share(given);
    const index = ++this.#count;
    const id = `${this.id}-${index}`;
    const ender = new Ender([signal, wish.signal]);
    let [untold, failure]: [LockstepError | undefined, LockstepError | undefined] = [undefined, undefined];
    const guarded = guardedTell(this.#settings.tell, (why) => {
      untold ??= why;
      ender.abort(why);
    });
    const { tell, allHeard } = rememberedTell(guarded);
    const grounds = new SiteGrounds(this.#settings, configs);
    const detached = new Works();
    const facts = { id, index, mode: wish.mode, name: wish.name, actionCount: plan.actionCount };
    let ended: ScheduleOutcome | undefined;
    try {
      ender.follow(await grounds.open(ender.signal, { id, plan }));
      ender.check();
      tellBegun(plan, id, tell);
      ender.check();
      const run = new ScheduleRun({
        ...{ plan, clock, check, tell, detached, shared: this.#shared, count: plan.actionCount },
        ids: { batch: this.id, schedule: id },
        timeoutMs: wish.timeoutMs,
        siteOf: (name) => configs.get(name) ?? { name },
        groundOf: (name) => grounds.of(name),
      });
      ender.onAbort((why) => run.end(why));
      const outcomes = await run.finished;
      ended = { ...facts, outcomes, errors: errorsIn(outcomes) };
      ender.check();
    } catch (thrown) {
      failure = toLockstepError(thrown);
    }
    failure = await this.#leave({ detached, grounds }, failure);
    if (ended !== undefined) {
      this.#ended.push(ended);
      void tell({ type: 'schedule-ended', outcome: ended, failure });
    }
    // Whoever ends all does not wait for a listener that takes its time.
    await unlessAborted(ender.signal, allHeard()).catch(() => {});
    ender.stop();
    failure ??= untold;
    if (failure !== undefined) throw failure;
    return this.#outcome(given, id);
  }

  /** Ends work that outlived its action, before the lock is given back. Resolves with the first failure. */
  async #leave(
    { detached, grounds }: Leaving,
    failure: LockstepError | undefined,
  ): Promise<LockstepError | undefined> {
    const why = new LockstepError('interrupted', 'was ended with its schedule');
    try {
      const [left] = await detached.endAll(why);
      await grounds.close(failure);
      return failure ?? left;
    } catch (thrown) {
      return failure ?? toLockstepError(thrown);
    }
  }

  #refuse(configs: ReadonlyMap<string, Site>): void {
    for (const site of configs.values()) checkSite(site);
    const remote = [...configs.values()].filter(({ host }) => host !== undefined);
    if (remote.length > 0 && this.#settings.open === undefined)
      throw refusal(
        `these sites have a host, and only this machine can be worked on here: ${someNames(remote.map(({ name }) => name))}`,
        'use createFleet()',
      );
  }

  #share({ shared }: Options): object {
    if (this.#shared !== undefined && shared !== undefined && shared !== this.#shared)
      throw refusal(
        'a batch that goes on has its shared object already',
        'set what you need in batch.shared',
      );
    return this.#shared ?? shared ?? {};
  }

  #outcome(before: Options, id: string): BatchOutcome<object> {
    const schedules = [...this.#ended];
    const schedule = schedules.find((one) => one.id === id) as ScheduleOutcome;
    // The name of a schedule, and its order, are its own.
    const { name: _name, mode: _mode, shared: _shared, ...inherited } = before;
    const isOk = ({ errors, outcomes }: ScheduleOutcome) =>
      errors === null && outcomes.every(({ outcome }) => outcome === 'ok');
    return {
      id: this.id,
      shared: this.#shared ?? {},
      schedules,
      schedule,
      ok: schedules.every(isOk),
      ...schedulesOf((names, options, mode) => this.run(names, { ...inherited, ...options }, mode)),
    };
  }
}

/** The four ways to start a schedule. */
export function schedulesOf(
  start: (names: unknown, options: Options, mode: Mode) => Promise<BatchOutcome<object>>,
): Schedules<object> {
  const way = (mode: Mode): RunSchedule<object> =>
    ((names: unknown, options: Options = {}) => start(names, options, mode)) as RunSchedule<object>;
  return {
    run: way('site-sequential'),
    runSequential: way('sequential'),
    runAtomic: way('atomic'),
    runParallel: way('parallel'),
  };
}

interface Leaving {
  readonly detached: Works;
  readonly grounds: SiteGrounds;
}

function tellBegun(
  { jobs, wish, sites, actionCount, idle }: Plan,
  id: string,
  tell: BatchSettings['tell'],
): void {
  for (const job of new Set(idle)) void tell({ type: 'warning', message: `no site has the job ${job}` });
  const { name, mode, roles } = wish;
  void tell({ type: 'schedule-begun', id, name, mode, jobs, roles, sites, actions: actionCount });
}

function errorsIn(outcomes: readonly JobOutcome[]): number | null {
  const failed = outcomes.flatMap(({ actions }) => actions).filter(({ outcome }) => outcome !== 'ok');
  return failed.length === 0 ? null : failed.length;
}

/** Six letters and digits. */
function newId(): string {
  return Array.from({ length: 6 }, () => randomInt(36).toString(36)).join('');
}
