import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { Mode } from '../../../src/jobs/job-types.ts';
import { often } from '../../often.ts';
import { nameOf } from './rehearsal.ts';

/** A fleet of few sites and roles, so that they often meet. */
interface Situation {
  readonly mode: Mode;
  /** Roles of each site: A, B, … */
  readonly sites: readonly (readonly string[])[];
  /** Of each job the roles of each of its actions. */
  readonly jobs: readonly (readonly (readonly string[])[])[];
  /** Jobs by their numbers; one may stand there twice. */
  readonly list: readonly number[];
  readonly filter: string[] | undefined;
  readonly breakOnError: boolean;
  /** Which actions fail, by job, site and action: numbers are compared with this. */
  readonly failing: number;
  /** At each end one of those at work ends next. */
  readonly choices: readonly number[];
  readonly max: number | undefined;
}

const role = fc.constantFrom('r', 's', 't');
const roles = fc.uniqueArray(role, { maxLength: 2 });
const situations: fc.Arbitrary<Situation> = fc.record({
  mode: fc.constantFrom<Mode>('site-sequential', 'sequential', 'atomic', 'parallel'),
  sites: fc.array(roles, { minLength: 1, maxLength: 4 }),
  jobs: fc.array(fc.array(roles, { maxLength: 2 }), { minLength: 1, maxLength: 3 }),
  list: fc.array(fc.nat(2), { maxLength: 4 }),
  filter: fc.option(fc.uniqueArray(role, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  breakOnError: fc.boolean(),
  failing: fc.nat(2 ** 30),
  choices: fc.array(fc.nat(1_000), { maxLength: 40 }),
  max: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

/** `0.A`: a job of the list on a site, and its actions. */
interface Pair {
  readonly key: string;
  readonly job: number;
  readonly site: string;
  readonly actions: readonly number[];
}

/** What the table says, and nothing of how it is done: what may be at work beside what has begun and ended so far. */
class Model {
  /** `0.A`: a job of the list on a site, and its actions. */
  readonly pairs: readonly Pair[];
  #working: string[] = [];
  readonly #given: Situation;

  constructor(given: Situation) {
    this.#given = given;
    const { sites, jobs, list, filter } = given;
    this.pairs = list.flatMap((number, job) =>
      sites.flatMap((its, at) => {
        const site = siteName(at);
        const has = (some: readonly string[]) => some.some((one) => one === site || its.includes(one));
        const actions = (jobs[number % jobs.length] ?? []).flatMap((bound, action) =>
          has(bound) && (filter === undefined || has(filter)) ? [action] : [],
        );
        return actions.length === 0 ? [] : [{ key: `${job}.${site}`, job, site, actions }];
      }),
    );
  }

  /** Whether an action of a job of the list fails on a site. */
  fails(job: number, site: string, action: number): boolean {
    const bit = (job * 7 + site.charCodeAt(0) * 3 + action) % 30;
    return ((this.#given.failing >> bit) & 3) === 3;
  }

  /** Jobs on sites that are at work now, where these have ended: `true` for well. Who has begun stays. */
  atWork(ended: ReadonlyMap<string, boolean>): string[] {
    const { mode, breakOnError, max = Number.POSITIVE_INFINITY } = this.#given;
    const isDone = ({ key }: Pair) => ended.has(key) && (!breakOnError || ended.get(key) === true);
    const comesBefore: Record<Mode, (one: Pair, other: Pair) => boolean> = {
      parallel: () => false,
      'site-sequential': (one, other) => one.site === other.site && one.job < other.job,
      sequential: (one, other) => one.job < other.job,
      atomic: (one, other) => this.pairs.indexOf(one) < this.pairs.indexOf(other),
    };
    const mayBegin = this.pairs.filter(
      (pair) =>
        !ended.has(pair.key) && this.pairs.every((one) => !comesBefore[mode](one, pair) || isDone(one)),
    );
    const order = mode === 'site-sequential' ? [...mayBegin].sort(bySite) : mayBegin;
    this.#working = this.#working.filter((key) => !ended.has(key));
    // What failed keeps its place, where failures are to stop anything.
    const kept = breakOnError ? [...ended.values()].filter((isOk) => !isOk).length : 0;
    for (const { key } of order)
      if (!this.#working.includes(key) && this.#working.length + kept < max) this.#working.push(key);
    return [...this.#working];
  }
}

const siteName = (at: number) => String.fromCharCode('A'.charCodeAt(0) + at);
const bySite = (one: Pair, other: Pair) => one.site.localeCompare(other.site) || one.job - other.job;

/** Runs it, and looks at each moment whether what is at work is what the model says. */
async function compare(given: Situation): Promise<void> {
  const model = new Model(given);
  const { sites, jobs, run } = createJobs();
  for (const [at, its] of given.sites.entries()) sites.add(siteName(at), its);
  const open = new Map<string, () => void>();
  for (const [number, actions] of given.jobs.entries()) {
    jobs.add(`job${number}`);
    for (const [action, its] of actions.entries())
      jobs.add(`job${number}`, its, (context) => {
        const key = nameOf({ job: String(indexOf(context.index)), site: context.site });
        return new Promise<void>((resolve, reject) => {
          const isFailing = model.fails(indexOf(context.index), context.site.name, action);
          open.set(`${key}.${action}`, () => (isFailing ? reject(new Error('as planned')) : resolve()));
        });
      });
  }
  const numbers = new Map<number, number>();
  const indexOf = (index: number) => numbers.get(index) ?? -1;
  let count = 0;
  for (const { job, actions } of model.pairs) for (const _ of actions) numbers.set(++count, job);
  const all = given.sites.map((_, at) => siteName(at));
  const limits = given.max === undefined ? [] : [{ roles: all, max: given.max }];
  const { mode, breakOnError, list, filter: roles } = given;
  const names = list.map((number) => `job${number % given.jobs.length}`);
  const running = run(names, { mode, breakOnError, limits, roles });
  const ended = new Map<string, boolean>();
  for (let turn = 0; ; turn++) {
    await settled();
    const atWork = [...new Set([...open.keys()].map((key) => key.slice(0, key.lastIndexOf('.'))))];
    expect(atWork.sort()).toEqual(model.atWork(ended).sort());
    if (open.size === 0) break;
    const keys = [...open.keys()];
    const key = keys[(given.choices[turn] ?? turn) % keys.length] as string;
    open.get(key)?.();
    open.delete(key);
    const pair = key.slice(0, key.lastIndexOf('.'));
    if ([...open.keys()].some((other) => other.startsWith(`${pair}.`))) continue;
    const { job, site, actions } = model.pairs.find((one) => one.key === pair) as Pair;
    ended.set(pair, !actions.some((action) => model.fails(job, site, action)));
  }
  const { schedule } = await running;
  const how = model.pairs.map(({ key }) => (ended.has(key) ? (ended.get(key) ? 'ok' : 'failed') : 'skipped'));
  expect(schedule.outcomes.map(({ outcome }) => outcome)).toEqual(how);
  const failed = model.pairs.filter(({ key }) => ended.has(key));
  const errors = failed.flatMap(({ job, site, actions }) =>
    actions.filter((one) => model.fails(job, site, one)),
  );
  expect(schedule.errors).toBe(errors.length === 0 ? null : errors.length);
}

async function settled(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** A role that no site has is refused. */
const known = situations.map((given) => {
  const filter = given.filter?.filter((name) => given.sites.some((its) => its.includes(name)));
  return { ...given, filter: filter?.length === 0 ? undefined : filter };
});

test('the order of actions is that of the mode, whoever fails, and whatever limits there are', async () => {
  await fc.assert(fc.asyncProperty(known, compare), { numRuns: often(150, 5_000) });
});
