/** Threads of a rollout file, over all known hosts. Pure. */
import type { Thread } from '../schedule/rollout-rules.ts';
import type { Entry } from '../targets/catalogue.ts';
import { both, type Hosts, type Members, without } from './hosts.ts';
import type { PositionText } from './mistakes.ts';
import type { Ref, TagRef, ThreadWish } from './rollout-file.ts';
import type { Tags } from './tags.ts';

export interface Order extends Omit<Thread, 'slots'> {
  readonly slots: readonly OrderSlot[];
}

interface OrderSlot {
  readonly name: string;
  readonly members: Members;
  readonly place: PositionText;
}

export interface Counting {
  readonly tags: Tags;
  /** Counts what becomes a slot or a limit; throws LockstepError `usage` when there are too many. */
  readonly count: (members: Members) => Members;
}

/** Leaves out slots without hosts. */
export function ordersOf(
  wishes: readonly ThreadWish[],
  context: Counting & { hosts: Hosts },
): readonly Order[] {
  return wishes.flatMap((wish) => {
    const all = stepsOf(wish, context);
    const parts =
      wish.per === undefined
        ? [{ name: undefined, members: undefined }]
        : partsOf(wish.per, unionOf(all), context.tags);
    return parts.flatMap(({ name, members }) => {
      const ending = name === undefined ? '' : ` of ${name}`;
      const slots = all
        .map((slot) => ({
          ...slot,
          name: slot.name + ending,
          members: members === undefined ? slot.members : both(slot.members, members),
        }))
        .filter((slot) => slot.members.size > 0);
      for (const slot of slots) context.count(slot.members);
      const { require, pause } = wish;
      return slots.length === 0 ? [] : [{ name: (wish.name || 'sequence') + ending, require, pause, slots }];
    });
  });
}

/** A host that several steps of a thread name belongs to the first of them. */
function stepsOf({ steps, within }: ThreadWish, { tags, hosts }: Counting & { hosts: Hosts }): OrderSlot[] {
  const taken = new Set<number>();
  const around = within.map((tag) => tagMembers(tag, tags));
  return steps.map((step) => {
    const named = step.kind === 'tag' ? tagMembers(step, tags) : hosts.membersOf([step.entry]);
    const members = without(around.reduce(both, named), taken);
    for (const host of members) taken.add(host);
    return { name: [...within, step].map(refText).join(' & '), members, place: step.place };
  });
}

function refText(ref: Ref): string {
  return ref.kind === 'tag' ? `$${ref.name}` : ref.entry.text;
}

export function tagMembers(tag: TagRef, tags: Tags): Members {
  return tags.members(tags.find(tag)?.entries ?? NOTHING);
}

const NOTHING: readonly Entry[] = [];

export interface Part {
  /** A value's name: `east`; `no coast` for hosts without any. */
  readonly name: string;
  readonly members: Members;
}

/** `per: TAG`: hosts without a value form a part of their own, since a limit that is not theirs would not hold them. */
export function partsOf(per: TagRef, all: Members, tags: Tags): readonly Part[] {
  const found = tags.find(per);
  if (found === undefined) return [];
  const parts = [...found.values].map(([name, entries]) => ({ name, members: tags.members(entries) }));
  const rest = parts.reduce<Members>((left, { members }) => without(left, members), all);
  return rest.size === 0 ? parts : [...parts, { name: `no ${found.name}`, members: rest }];
}

function unionOf(slots: readonly OrderSlot[]): Members {
  return new Set(slots.flatMap(({ members }) => [...members]));
}
