/** Tells of runs that ended in the middle of their commit: which nodes are new, which are old. */
import type { Emit } from '../events.ts';
import type { Keeper } from '../node/keeper.ts';
import type { Unfinished } from '../node/replies.ts';

export interface UnfinishedFilter {
  readonly onlyRun?: string;
  readonly exceptRun?: string;
}

export function tellUnfinished(
  keepers: readonly Keeper[],
  emit: Emit,
  { onlyRun, exceptRun }: UnfinishedFilter,
): void {
  const byRun = new Map<string, { first: Unfinished; nodes: Map<string, string[]> }>();
  for (const { node, unfinished } of keepers) {
    for (const left of unfinished) {
      if (left.run === exceptRun || (onlyRun !== undefined && left.run !== onlyRun)) continue;
      const entry = byRun.get(left.run) ?? { first: left, nodes: new Map<string, string[]>() };
      byRun.set(left.run, entry);
      entry.nodes.set(left.state, [...(entry.nodes.get(left.state) ?? []), node.id]);
    }
  }
  for (const [run, { first, nodes }] of byRun) {
    const states = [...nodes].map(
      ([state, ids]) => `${STATE_WORDS[state as Unfinished['state']]}: ${ids.join(', ')}`,
    );
    const whose = onlyRun === undefined ? `run ${run} of ${first.who}, begun ${first.since},` : 'this run';
    const when = 'ended after its commit had begun';
    void emit({
      type: 'log',
      level: 'warn',
      message: `${whose} ${when}; ${states.join('; ')}`,
    });
  }
}

const STATE_WORDS: Readonly<Record<Unfinished['state'], string>> = {
  begun: 'half-done, and still to be taken back',
  new: 'wholly new',
  old: 'wholly old',
  unknown: 'unknown, look at the node',
};
