/** Steps of actions at which sites wait for each other. A step that nobody can reach any more rejects, so nobody waits for ever. */
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { namesIn, refusal, someNames } from '../names.ts';

/** One action of a job, with all of its sites. */
interface Group {
  readonly key: string;
  readonly job: string;
  /** Sites that have it, and on which it is not over. */
  readonly left: Set<string>;
  readonly over: Set<string>;
  /** How many sites may be at it at once. */
  readonly atOnce: number;
  readonly steps: Map<string, Step>;
}

interface Step {
  readonly sites: number;
  readonly waiting: Map<string, Waiting>;
}

interface Waiting {
  go(): void;
  refuse(error: LockstepError): void;
}

export interface GroupFacts {
  readonly key: string;
  readonly job: string;
  readonly sites: readonly string[];
  readonly atOnce: number;
}

export class Barriers {
  readonly #groups = new Map<string, Group>();
  readonly #clock: Clock;
  /** Actions that have begun, and are not over. */
  #atWork = 0;
  #isLooking = false;

  constructor(groups: readonly GroupFacts[], clock: Clock) {
    this.#clock = clock;
    for (const { key, job, sites, atOnce } of groups)
      this.#groups.set(key, { key, job, left: new Set(sites), over: new Set(), atOnce, steps: new Map() });
  }

  begun(): void {
    this.#atWork += 1;
  }

  /** An action is over on a site. */
  ended(key: string, site: string): void {
    this.#atWork -= 1;
    this.left(key, site);
    this.#look();
  }

  /** It is over there, or will never begin. */
  left(key: string, site: string): void {
    const group = this.#group(key);
    group.left.delete(site);
    group.over.add(site);
    for (const [name, step] of group.steps) {
      step.waiting.delete(site);
      if (step.waiting.size > 0 && group.left.size < step.sites) refuseStep(group, name, step);
      if (step.waiting.size === 0) group.steps.delete(name);
    }
  }

  /** Resolves when this many sites have come. Rejects with LockstepError. */
  arrive(key: string, site: string, name: string, wanted: number | undefined): Promise<void> {
    const group = this.#group(key);
    const all = group.left.size + group.over.size;
    const sites = wanted ?? all;
    namesIn([name], 'a step');
    const step = group.steps.get(name) ?? { sites, waiting: new Map<string, Waiting>() };
    const broken = this.#refusal(group, step, { site, sites, name, all });
    if (broken !== undefined) throw broken;
    if (step.waiting.size + 1 === sites) {
      group.steps.delete(name);
      for (const { go } of step.waiting.values()) go();
      return Promise.resolve();
    }
    group.steps.set(name, step);
    this.#look();
    return new Promise((go, refuse) => {
      step.waiting.set(site, { go, refuse });
      if (group.left.size < sites) refuseStep(group, name, step);
    });
  }

  #refusal(
    group: Group,
    step: Step,
    { site, sites, name, all }: { site: string; sites: number; name: string; all: number },
  ): LockstepError | undefined {
    const of = `the step ${quoteInput(name)} of the job ${quoteInput(group.job)}`;
    if (!Number.isInteger(sites) || sites < 1)
      return refusal(`${of}: ${quoteInput(String(sites))} is no number of sites`);
    if (sites > all) return refusal(`${of} waits for ${sites} sites, and ${all} have the action`);
    if (sites > group.atOnce)
      return refusal(
        `${of} waits for ${sites} sites, and at most ${group.atOnce} can be at work at once`,
        AT_ONCE,
      );
    if (step.sites !== sites)
      return refusal(`${of} waits for ${step.sites} sites elsewhere, and for ${sites} here`);
    if (step.waiting.has(site)) return refusal(`${of}: this site waits there already`);
    return undefined;
  }

  #group(key: string): Group {
    const group = this.#groups.get(key);
    if (group === undefined) throw new Error(`${key} is no action of this schedule`);
    return group;
  }

  /** Runs after all events under way: if every action at work waits, none of them will go on by itself. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.afterPendingInput(() => {
      this.#isLooking = false;
      const steps = [...this.#groups.values()].flatMap((group) =>
        [...group.steps].map(([name, step]) => ({ group, name, step })),
      );
      const waiting = new Set(
        steps.flatMap(({ group, step }) => [...step.waiting.keys()].map((site) => `${group.key}\0${site}`)),
      );
      if (steps.length === 0 || waiting.size < this.#atWork) return;
      for (const { group, name, step } of steps) {
        group.steps.delete(name);
        refuseStep(
          group,
          name,
          step,
          'nothing else is at work: the other sites wait for the places of these',
        );
      }
    });
  }
}

const AT_ONCE = 'see the mode, limits, order and batch of the schedule; or wait for less';

function refuseStep(group: Group, name: string, { sites, waiting }: Step, why?: string): void {
  const lost = [...group.over].filter((site) => !waiting.has(site));
  const reason = why ?? `it is over on ${someNames(lost)}`;
  const message = `the step ${quoteInput(name)} of the job ${quoteInput(group.job)} waits for ${sites} sites, and cannot be reached: ${reason}`;
  const those = [...waiting.values()];
  waiting.clear();
  for (const { refuse } of those) refuse(new LockstepError('protocol-failed', message));
}
