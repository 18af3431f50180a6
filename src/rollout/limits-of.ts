/** Limits of a rollout file, over all known hosts. Pure. */
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import { nodesOf } from '../core/share.ts';
import { both, type Members } from './hosts.ts';
import type { LimitWish, TagRef } from './rollout-file.ts';
import type { Tags } from './tags.ts';
import { type Counting, type Part, partsOf, tagMembers } from './threads-of.ts';

/** A limit over its hosts: a percentage counts those that are no targets, too. */
export interface Budget {
  readonly name: string;
  readonly max: number;
  readonly members: Members;
}

export function budgetsOf(wishes: readonly LimitWish[], { tags, count }: Counting): readonly Budget[] {
  const budgets: Budget[] = [];
  for (const wish of wishes) {
    for (const { name, members } of partsOfWish(wish, tags)) {
      budgets.push({ name, max: nodesOf(wish.max, members.size), members: count(members) });
      if (budgets.length > ROLLOUT_LIMITS.limitsMax)
        throw new LockstepError('usage', `${wish.place()}: more than ${ROLLOUT_LIMITS.limitsMax} limits`);
    }
  }
  return budgets;
}

function partsOfWish({ of, per }: LimitWish, tags: Tags): readonly Part[] {
  const [first, ...others] = of.map((tag) => partsOfTag(tag, tags));
  const crossed = others.reduce<readonly Part[]>(cross, first ?? []);
  if (per === undefined) return crossed;
  return crossed.flatMap(({ name, members }) =>
    partsOf(per, members, tags).flatMap((part) => {
      const inside = both(members, part.members);
      return inside.size === 0 ? [] : [{ name: `${name} of ${part.name}`, members: inside }];
    }),
  );
}

/** `$coast` is each of its values, `$coast.east` is one. */
function partsOfTag(tag: TagRef, tags: Tags): readonly Part[] {
  const found = tags.find(tag);
  if (found === undefined || tag.name.includes('.') || found.values.size === 0)
    return [{ name: tag.name, members: tagMembers(tag, tags) }];
  return [...found.values].map(([value, entries]) => ({
    name: `${tag.name}.${value}`,
    members: tags.members(entries),
  }));
}

/** Drops parts that have nothing in common at once, before they multiply. */
function cross(ones: readonly Part[], others: readonly Part[]): readonly Part[] {
  return ones.flatMap((one) =>
    others.flatMap((other) => {
      const members = both(one.members, other.members);
      return members.size === 0 ? [] : [{ name: `${one.name} & ${other.name}`, members }];
    }),
  );
}
