/** The rules of a rollout as a plan of its nodes. Pure. */
import type { Node } from '../core/node.ts';
import type { Plan } from '../core/plan.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';

export function planOf(rules: RolloutRules, nodes: readonly Node[], hooks: Plan['hooks'] = {}): Plan {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const limits = rules.limits.map(({ name, max, nodes: ids, onFailure = rules.onFailure }) => ({
    name,
    max,
    nodes: known(ids),
    onFailure,
  }));
  const places = new Places(limits);
  const ordered = new Set(rules.threads.flatMap(({ slots }) => slots.flatMap((slot) => slot.nodes)));
  const free = nodes.filter(({ id }) => !ordered.has(id));
  const { onFailure, maxFailures, unreachable, retry } = rules;
  return {
    nodes,
    threads: rules.threads.map(({ name, require, pause, slots }) => ({
      name,
      require,
      pause,
      slots: slots.map((slot) => {
        const own = known(slot.nodes);
        return { name: slot.name, nodes: own, atOnce: places.atOnce(own) };
      }),
    })),
    free: { nodes: free, atOnce: places.atOnce(free) },
    limits,
    onFailure,
    maxFailures,
    unreachable,
    retry,
    hooks,
  };
}

class Places {
  readonly #limits: Plan['limits'];
  /** The limits of each node, by their places. */
  readonly #limitsOf = new Map<string, number[]>();

  constructor(limits: Plan['limits']) {
    this.#limits = limits;
    for (const [at, { nodes }] of limits.entries()) {
      for (const { id } of nodes) {
        const those = this.#limitsOf.get(id);
        if (those === undefined) this.#limitsOf.set(id, [at]);
        else those.push(at);
      }
    }
  }

  /** Counts as the schedule starts nodes: each in its turn, if all of its limits have a place. */
  atOnce(nodes: readonly Node[]): number {
    const taken = new Map<number, number>();
    return nodes.filter(({ id }) => {
      const limits = this.#limitsOf.get(id) ?? [];
      const isFull = (at: number) => (taken.get(at) ?? 0) >= (this.#limits[at]?.max ?? 0);
      if (limits.some(isFull)) return false;
      for (const at of limits) taken.set(at, (taken.get(at) ?? 0) + 1);
      return true;
    }).length;
  }
}
