/** Drives one schedule: the pure scheduler says when a job begins on a site, and this runs its actions. */
import { type LockstepError, toLockstepError } from '../../core/errors.ts';
import { inTurn } from '../../core/in-turn.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Reason, Some } from '../../core/turn.ts';
import { createSchedule, step } from '../../schedule/schedule.ts';
import type { ScheduleEffect, ScheduleEvent, ScheduleState } from '../../schedule/schedule-state.ts';
import { neverBegan } from '../../text/turn.ts';
import type { ActionName, ActionOutcome, JobEvent, JobOutcome } from '../job-types.ts';
import type { Ground, Site } from '../types.ts';
import { type ActionWorld, runAction } from './action-run.ts';
import { Barriers } from './barriers.ts';
import type { Pair } from './pair.ts';
import type { Plan } from './plan.ts';
import { groupsOf } from './plan-groups.ts';

export interface ScheduleRunOptions extends Omit<ActionWorld, 'aborted' | 'ended'> {
  readonly plan: Plan;
  siteOf(name: string): Site;
  groundOf(name: string): Ground;
}

export class ScheduleRun {
  /** Resolves when each job has ended, or never begins: ordered by job, then by site. Rejects, after the last one, for a bug. */
  readonly finished: Promise<readonly JobOutcome[]>;
  readonly #options: ScheduleRunOptions;
  readonly #world: ActionWorld;
  readonly #pairs: ReadonlyMap<string, Pair>;
  readonly #outcomes = new Map<string, JobOutcome>();
  readonly #barriers: Barriers;
  readonly #schedule: ScheduleState;
  #failure: LockstepError | undefined;
  #ended: LockstepError | undefined;
  #finish: () => void = () => {};
  #abort: (error: LockstepError) => void = () => {};

  constructor(options: ScheduleRunOptions) {
    const { plan, clock } = options;
    const aborted = new Promise<never>((_resolve, reject) => {
      this.#abort = reject;
    });
    aborted.catch(() => {});
    this.#options = options;
    this.#world = { ...options, aborted, ended: () => this.#ended };
    this.#pairs = new Map(plan.pairs.map((pair) => [pair.key, pair]));
    this.#barriers = new Barriers(groupsOf(plan), clock);
    this.#schedule = createSchedule({
      nodes: plan.order,
      rollout: plan.rules,
      isFailFast: false,
      // `runAction` itself limits the time of actions.
      endedMs: 0,
      leftMs: 0,
    });
    this.finished = new Promise((resolve, reject) => {
      this.#finish = () => {
        if (this.#failure !== undefined) reject(this.#failure);
        else resolve(plan.pairs.flatMap(({ key }) => this.#outcomes.get(key) ?? []));
      };
    });
    this.finished.catch(() => {});
    this.#take({ type: 'begin' });
  }

  /** Starts nothing more, and ends all work; then `finished` resolves. */
  end(why: LockstepError): void {
    this.#ended ??= why;
    this.#abort(why);
    this.#take({ type: 'halted' });
  }

  /** Effects may cause events; these wait until the earlier effects are carried out. */
  readonly #take = inTurn((event: ScheduleEvent) => {
    for (const effect of step(this.#schedule, event)) this.#carryOut(effect);
  });

  #carryOut(effect: ScheduleEffect): void {
    const pair = 'node' in effect ? this.#pairs.get(effect.node) : undefined;
    switch (effect.type) {
      case 'start':
        if (pair !== undefined) this.#start(pair).catch((thrown) => this.#fail(pair, thrown));
        break;
      case 'wait':
        if (pair !== undefined)
          this.#tell({ type: 'wait', ...nameOf(pair), reason: this.#named(effect.reason) });
        break;
      case 'skip':
        if (pair !== undefined) this.#skip(pair, this.#neverBegan(effect.reason));
        break;
      case 'finish':
        this.#finish();
        break;
      default:
        // Here nothing is tried again, pauses or has a time limit.
        break;
    }
  }

  /** Starts all actions of a job on a site, side by side. */
  async #start(pair: Pair): Promise<void> {
    const { key, job, index, site, actions } = pair;
    const { siteOf, groundOf, ids } = this.#options;
    this.#take({ type: 'began', node: key });
    const config = siteOf(site);
    const ground = groundOf(site);
    const ended = actions.map(async ({ action, at, index: number }, fragment): Promise<ActionOutcome> => {
      const group = `${index}:${at}`;
      const of: ActionName = {
        id: `${ids.schedule}-${number}`,
        job,
        site,
        fragment: fragment + 1,
        fragments: actions.length,
      };
      this.#barriers.begun();
      const facts = { of, index: number, action, site: config, ground };
      const arrive = (name: string, sites: number | undefined) =>
        this.#barriers.arrive(group, site, name, sites);
      const outcome = await runAction({ ...facts, step: async (...given) => arrive(...given) }, this.#world);
      this.#barriers.ended(group, site);
      return outcome;
    });
    // If one of them breaks, the others are still at work.
    await Promise.allSettled(ended);
    const all = await Promise.all(ended);
    const isOk = all.every(({ outcome }) => outcome === 'ok');
    const outcome = isOk ? 'ok' : 'failed';
    this.#outcomes.set(key, { job, index, site, outcome, reason: undefined, actions: all });
    this.#take({ type: 'ended', node: key, outcome: isOk ? OK : FAILED });
  }

  /** A bug: ends all work, after which `finished` rejects. */
  #fail({ key, job, index, site }: Pair, thrown: unknown): void {
    this.#failure ??= toLockstepError(thrown);
    const outcome = 'failed';
    this.#outcomes.set(key, { job, index, site, outcome, reason: undefined, actions: [] });
    this.end(this.#failure);
    this.#take({ type: 'ended', node: key, outcome: FAILED });
  }

  #skip(pair: Pair, reason: string): void {
    const { key, job, index, site, actions } = pair;
    this.#outcomes.set(key, { job, index, site, outcome: 'skipped', reason, actions: [] });
    for (const { at } of actions) this.#barriers.left(`${index}:${at}`, site);
    this.#tell({ type: 'skip', job, site, reason });
  }

  /** Nobody can halt a schedule: it is ended. */
  #neverBegan(reason: Reason): string {
    return reason.kind === 'halted' ? 'since the schedule was ended' : neverBegan(this.#named(reason));
  }

  /** The schedule's nodes are jobs on sites. */
  #named(reason: Reason): Reason {
    const name = (key: string) => {
      const pair = this.#pairs.get(key);
      return pair === undefined ? key : `${pair.job} on ${pair.site}`;
    };
    const some = ({ first, more }: Some): Some => ({ first: first.map(name), more });
    switch (reason.kind) {
      case 'slot':
        return { ...reason, open: some(reason.open), failed: some(reason.failed) };
      case 'limit':
        return { ...reason, failed: some(reason.failed) };
      case 'stop':
      case 'fail-fast':
        return { ...reason, first: name(reason.first) };
      default:
        return reason;
    }
  }

  #tell(event: JobEvent): void {
    void this.#options.tell(event);
  }
}

const nameOf = ({ job, site }: Pair) => ({ job, site });
const OK: Outcome = { kind: 'ok' };
const FAILED: Outcome = { kind: 'exit', code: 1 };
