/** The rules of a schedule for a plan: in which order its jobs go, and how many at once. Pure. */
import { nodesOf } from '../../core/share.ts';
import type { RolloutRules, Slot, Thread } from '../../schedule/rollout-rules.ts';
import type { Sites } from '../sites/sites.ts';
import type { Pair } from './pair.ts';
import type { ScheduleWish } from './read-options.ts';

interface Planned {
  readonly pairs: readonly Pair[];
  readonly parts: readonly Part[];
  readonly sites: Sites;
  /** Sites with work. */
  readonly count: number;
}

export function rulesOf(wish: ScheduleWish, planned: Planned): RolloutRules {
  return {
    threads: threadsOf(wish, planned),
    limits: limitsOf(wish, planned),
    onFailure: wish.onFailure,
    maxFailures: wish.maxFailures && nodesOf(wish.maxFailures, planned.count),
    unreachable: 'fail',
  };
}

function threadsOf(wish: ScheduleWish, { pairs, parts }: Planned): readonly Thread[] {
  const require = wish.breakOnError && wish.mode !== 'parallel' ? 'success' : 'finished';
  const thread = (name: string, slots: readonly Slot[]): Thread => ({
    name,
    require,
    slots: slots.filter(({ nodes }) => nodes.length > 0),
  });
  const slot = (name: string, some: readonly Pair[] = []): Slot => ({
    name,
    nodes: some.map(({ key }) => key),
  });
  const partAt = new Map(parts.flatMap(({ sites }, at) => sites.map((site) => [site, at] as const)));
  const byPart = (some: readonly Pair[] = []) => grouped(some, ({ site }) => partAt.get(site) ?? 0);
  const ordered = () => {
    const own = byPart(pairs);
    return parts.length === 1
      ? []
      : [
          thread(
            'order',
            parts.map(({ name }, at) => slot(name, own.get(at))),
          ),
        ];
  };
  switch (wish.mode) {
    case 'site-sequential': {
      const chains = [...grouped(pairs, ({ site }) => site)];
      const bySite = chains.map(([site, own]) =>
        thread(
          site,
          own.map((pair) => slot(pair.job, [pair])),
        ),
      );
      return [...bySite, ...ordered()];
    }
    case 'sequential': {
      const slots = [...grouped(pairs, ({ index }) => index).values()].flatMap((own) => {
        const inParts = byPart(own);
        const job = own[0]?.job ?? '';
        return parts.map(({ name }, at) =>
          slot(parts.length === 1 ? job : `${job} on ${name}`, inParts.get(at)),
        );
      });
      return [thread('jobs', slots)];
    }
    case 'atomic':
      return [
        thread(
          'jobs',
          pairs.map((pair) => slot(`${pair.job} on ${pair.site}`, [pair])),
        ),
      ];
    case 'parallel':
      return ordered();
    default:
      return wish.mode satisfies never;
  }
}

/** As in a run, a batch only sets the pace: a failed pair gives its place back. */
function limitsOf(wish: ScheduleWish, { pairs, sites, count }: Planned): RolloutRules['limits'] {
  const limits = wish.limits.map(({ name, roles, max }) => {
    const members = new Set(sites.list(roles));
    const nodes = pairs.filter(({ site }) => members.has(site)).map(({ key }) => key);
    return { name, max: nodesOf(max, members.size), nodes };
  });
  const all = pairs.map(({ key }) => key);
  const batch =
    wish.batch === undefined
      ? []
      : [{ name: 'batch', max: nodesOf(wish.batch, count), nodes: all, onFailure: 'release' as const }];
  return [...limits.filter(({ nodes }) => nodes.length > 0), ...batch];
}

/** Sites that have their turns together: those of each role of the order that are in none before it, then the rest. */
export interface Part {
  readonly name: string;
  readonly sites: readonly string[];
}

export function partsOf(order: readonly string[], sites: Sites): readonly Part[] {
  const left = new Set(sites.names());
  const take = (names: readonly string[]) => names.filter((name) => left.delete(name));
  const parts = order.map((role) => ({ name: role, sites: take(sites.list(role)) }));
  return [...parts, { name: order.length === 0 ? 'all' : 'all others', sites: [...left] }];
}

export function grouped<Key, Thing>(
  things: readonly Thing[],
  keyOf: (thing: Thing) => Key,
): Map<Key, Thing[]> {
  const groups = new Map<Key, Thing[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}
