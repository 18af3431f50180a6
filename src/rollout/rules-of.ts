/** The rules of a rollout file for these targets: resolves tags, counts percentages, and refuses cycles. Pure. */
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import type { Node } from '../core/node.ts';
import { nodesOf } from '../core/share.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import type { Catalogue } from '../targets/catalogue.ts';
import { findCycle } from './cycle.ts';
import { Hosts, type Members } from './hosts.ts';
import { budgetsOf } from './limits-of.ts';
import { Mistakes } from './mistakes.ts';
import type { RolloutFile } from './rollout-file.ts';
import { type Printed, Tags } from './tags.ts';
import { type Order, ordersOf } from './threads-of.ts';

export interface Known {
  /** The targets. */
  readonly nodes: readonly Node[];
  /** Groups and labels, if the file needs them. */
  readonly catalogue: Catalogue;
  readonly printed: Printed;
}

/** Throws LockstepError `usage`, with the place of each mistake. */
export function rulesOf(file: RolloutFile, { nodes, catalogue, printed }: Known): RolloutRules {
  const mistakes = new Mistakes();
  const hosts = new Hosts(nodes, catalogue);
  const tags = new Tags(file.tags, { catalogue, printed, hosts });
  learn(file, { tags, hosts, mistakes });
  mistakes.refuse();
  const counter = new PlaceCounter();
  const orders = ordersOf(file.threads, { tags, hosts, count: counter.count });
  refuseCycle(orders, hosts, mistakes);
  mistakes.refuse();
  const budgets = budgetsOf(file.limits, { tags, count: counter.count });
  const ids = (members: Members) => hosts.nodesOf(members).map(({ id }) => id);
  const { retry, onFailure, maxFailures, unreachable } = file;
  return {
    threads: orders.flatMap(({ name, require, pause, slots }) => {
      const ofTargets = slots.map((slot) => ({ name: slot.name, nodes: ids(slot.members) }));
      const filled = ofTargets.filter((slot) => slot.nodes.length > 0);
      return filled.length === 0 ? [] : [{ name, require, pause, slots: filled }];
    }),
    limits: budgets.flatMap(({ name, max, members }) => {
      const ofTargets = ids(members);
      return ofTargets.length === 0 ? [] : [{ name, max, nodes: ofTargets }];
    }),
    onFailure,
    maxFailures: maxFailures === undefined ? undefined : nodesOf(maxFailures, nodes.length),
    unreachable,
    retry,
  };
}

interface Learning {
  readonly tags: Tags;
  readonly hosts: Hosts;
  readonly mistakes: Mistakes;
}

/** All that the file names must be known before anything is counted. */
function learn({ threads, limits }: RolloutFile, { tags, hosts, mistakes }: Learning): void {
  tags.learnFile(mistakes);
  for (const step of threads.flatMap(({ steps }) => steps)) {
    if (step.kind === 'tag') tags.require(step, mistakes);
    else mistakes.catch(() => hosts.learn([step.entry]));
  }
  for (const tag of [...threads.flatMap(({ within }) => within), ...limits.flatMap(({ of }) => of)])
    tags.require(tag, mistakes);
  for (const { per } of [...threads, ...limits]) {
    if (per === undefined) continue;
    const found = tags.require(per, mistakes);
    if (found?.values.size === 0)
      mistakes.add(
        per.place,
        `the tag ${found.name} has no values`,
        'per: coast goes with coast: {east: […]}',
      );
  }
}

function refuseCycle(orders: readonly Order[], hosts: Hosts, mistakes: Mistakes): void {
  const cycle = findCycle(orders);
  if (cycle === undefined) return;
  const slots = cycle.flatMap(({ thread, slot }) => orders[thread]?.slots[slot] ?? []);
  const [first] = slots;
  if (first === undefined) return;
  const names = [...slots, first].map(({ name }) => name).join(' → ');
  const waiting = [...new Set(cycle.map(({ host }) => hosts.nameOf(host)))].slice(0, CYCLE_HOSTS_SHOWN);
  const message = `the sequences wait for each other: ${names} (${waiting.join(', ')})`;
  mistakes.add(first.place, message, 'a host waits for all that any sequence has before it');
}

const CYCLE_HOSTS_SHOWN = 5;

/** Even a small file may ask for very many places. */
class PlaceCounter {
  #places = 0;

  readonly count = (members: Members): Members => {
    this.#places += members.size;
    if (this.#places <= ROLLOUT_LIMITS.placesMax) return members;
    const message = `the rollout file has more than ${ROLLOUT_LIMITS.placesMax} places for hosts in slots and limits`;
    throw new LockstepError('usage', message, { hint: 'split the run' });
  };
}
