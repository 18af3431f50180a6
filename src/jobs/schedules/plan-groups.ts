/** Which sites can wait for each other at a step, and how many can be there at once. Pure. */
import type { GroupFacts } from './barriers.ts';
import type { Pair } from './pair.ts';
import type { Plan } from './plan.ts';

/** One group for each action of each job. */
export function groupsOf({ pairs, wish, rules }: Plan): GroupFacts[] {
  const groups = new Map<string, { job: string; pairs: Pair[] }>();
  for (const pair of pairs) {
    for (const { at } of pair.actions) {
      const key = `${pair.index}:${at}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { job: pair.job, pairs: [pair] });
      else group.pairs.push(pair);
    }
  }
  // The last thread is that of the order, or of all jobs: pairs in one slot of it may be at work at once.
  const slots = rules.threads.at(-1)?.slots ?? [];
  const slotOf = new Map(slots.flatMap((slot) => slot.nodes.map((node) => [node, slot] as const)));
  return [...groups].map(([key, { job, pairs: own }]) => {
    const sites = own.map(({ site }) => site);
    const keys = own.map((pair) => pair.key);
    const most = [keys.length];
    if (wish.mode === 'atomic') most.push(1);
    else if (wish.order.length > 0) most.push(largest(keys, slotOf));
    for (const { max, nodes } of rules.limits) {
      const limited = new Set(nodes);
      const outside = keys.filter((node) => !limited.has(node)).length;
      most.push(outside + Math.min(max, keys.length - outside));
    }
    return { key, job, sites, atOnce: Math.min(...most) };
  });
}

/** The number of these in the slot that has most of them. */
function largest(keys: readonly string[], slotOf: ReadonlyMap<string, object>): number {
  const counts = new Map<object | undefined, number>();
  for (const key of keys) counts.set(slotOf.get(key), (counts.get(slotOf.get(key)) ?? 0) + 1);
  return Math.max(...counts.values());
}
