/** The rollout that `--batch`, `--max-down`, `--max-failures`, `--canary` and `--order` ask for. Pure. */

import { nodesOf, parseShare } from '../../core/share.ts';
import type { Limit, RolloutRules, Slot, Thread } from '../../schedule/rollout-rules.ts';
import type { RolloutWish } from '../request/request.ts';

/** The name of its limit. */
export const MAX_DOWN = '--max-down';

/** `nodes`: ids of all targets, in their order. `order`: for each `--order` its nodes among them. */
export function rulesOfShortForms(
  wish: RolloutWish,
  nodes: readonly string[],
  order: readonly Slot[],
): RolloutRules {
  const countOf = (text: string | undefined) => {
    const share = text === undefined ? undefined : parseShare(text);
    return share === undefined ? undefined : nodesOf(share, nodes.length);
  };
  const limit = (name: string, text: string | undefined, onFailure: Limit['onFailure']): Limit[] => {
    const max = countOf(text);
    return max === undefined ? [] : [{ name, max, nodes, onFailure }];
  };
  const slots = withoutRepeats(order);
  const canaries = countOf(wish.canary);
  return {
    threads: [
      ...(canaries === undefined ? [] : [canaryThread(canaries, nodes, slots)]),
      ...(slots.length === 0 ? [] : [thread('--order', slots)]),
    ],
    limits: [...limit('--batch', wish.batch, 'release'), ...limit(MAX_DOWN, wish.maxDown, 'hold')],
    onFailure: 'hold',
    maxFailures: countOf(wish.maxFailures),
    unreachable: 'fail',
  };
}

/** The first nodes in the order in which they would start, so that canary and order never wait for each other. */
function canaryThread(count: number, nodes: readonly string[], slots: readonly Slot[]): Thread {
  const all = [...new Set([...slots.flatMap((slot) => slot.nodes), ...nodes])];
  return thread('--canary', [
    { name: 'the canary', nodes: all.slice(0, count) },
    { name: 'the rest', nodes: all.slice(count) },
  ]);
}

/** A node has its turn in the first slot that names it. */
function withoutRepeats(order: readonly Slot[]): Slot[] {
  const seen = new Set<string>();
  return order.flatMap(({ name, nodes }) => {
    const own = nodes.filter((node) => !seen.has(node));
    for (const node of own) seen.add(node);
    return own.length === 0 ? [] : [{ name, nodes: own }];
  });
}

function thread(name: string, slots: readonly Slot[]): Thread {
  return { name, require: 'success', slots: slots.filter(({ nodes }) => nodes.length > 0) };
}
