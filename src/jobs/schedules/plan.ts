/** Jobs and sites in one of the four orders, as the rules of a schedule, whose nodes are jobs on sites. Pure. */
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import type { RolloutRules } from '../../schedule/rollout-rules.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { refusal, someNames } from '../names.ts';
import type { Sites } from '../sites/sites.ts';
import type { Jobs } from './jobs.ts';
import type { Pair } from './pair.ts';
import { grouped, partsOf, rulesOf } from './plan-rules.ts';
import type { ScheduleWish } from './read-options.ts';

export interface Plan {
  readonly wish: ScheduleWish;
  readonly jobs: readonly string[];
  /** Ordered by job, then by site. */
  readonly pairs: readonly Pair[];
  /** Sites with work, in the order of their turns. */
  readonly sites: readonly string[];
  readonly actionCount: number;
  /** Keys of pairs, in the order in which they start if nothing holds them. */
  readonly order: readonly string[];
  readonly rules: RolloutRules;
  /** Jobs without a site. */
  readonly idle: readonly string[];
}

/** Throws LockstepError `usage` for an unknown job or role. */
export function planOf(
  names: readonly string[],
  wish: ScheduleWish,
  known: { readonly sites: Sites; readonly jobs: Jobs },
): Plan {
  const { sites } = known;
  for (const role of [...(wish.roles ?? []), ...wish.order, ...wish.limits.flatMap(({ roles }) => roles)])
    if (!sites.hasRole(role))
      throw refusal(`no site has the role ${quoteInput(role)}`, thereAre(sites.roles()));
  const parts = partsOf(wish.order, sites);
  const pairs = pairsOf(
    names,
    parts.flatMap((part) => part.sites),
    { ...known, wish },
  );
  const working = new Set(pairs.map(({ site }) => site));
  const inOrder = parts.flatMap((part) => part.sites.filter((site) => working.has(site)));
  const bySite = grouped(pairs, ({ site }) => site);
  const isSiteBySite = wish.mode === 'site-sequential';
  const order = isSiteBySite ? inOrder.flatMap((site) => bySite.get(site) ?? []) : pairs;
  return {
    wish,
    jobs: names,
    pairs,
    sites: inOrder,
    actionCount: pairs.reduce((sum, { actions }) => sum + actions.length, 0),
    order: order.map(({ key }) => key),
    rules: rulesOf(wish, { pairs, sites, parts, count: working.size }),
    idle: names.filter((name, at) => known.jobs.has(name) && !pairs.some(({ index }) => index === at)),
  };
}

interface Asked {
  readonly sites: Sites;
  readonly jobs: Jobs;
  readonly wish: ScheduleWish;
}

function pairsOf(names: readonly string[], order: readonly string[], { sites, jobs, wish }: Asked): Pair[] {
  let count = 0;
  return names.flatMap((job, index) => {
    const actions = jobs.actionsOf(job);
    if (actions === undefined) {
      if (wish.allowMissing) return [];
      throw refusal(`there is no job ${quoteInput(job)}`, thereAre(jobs.names()));
    }
    const members = actions.map(({ roles }) => new Set(sites.list(roles, wish.roles)));
    return order.flatMap((site): Pair[] => {
      const own = actions.flatMap(({ action }, at) =>
        members[at]?.has(site) ? [{ index: ++count, action, at }] : [],
      );
      if (count > JOBS_LIMITS.actionsMax)
        throw refusal(`the schedule has more than ${JOBS_LIMITS.actionsMax} actions`);
      return own.length === 0 ? [] : [{ key: `${index}:${site}`, job, index, site, actions: own }];
    });
  });
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? 'there are none' : `there are: ${someNames(names)}`;
}
