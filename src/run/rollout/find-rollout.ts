/** What is asked of a rollout, and the nodes that are known, as the rules that the schedule goes by. */
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { RolloutRules } from '../../schedule/rollout-rules.ts';
import type { ListedTarget } from '../../targets/host-list.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { RunRequest } from '../request.ts';
import { isRollout } from './share.ts';
import { rulesOfShortForms } from './short-forms.ts';

export interface Known {
  /** All targets, in the order in which they were named. */
  readonly nodes: readonly Node[];
  /** Which of them are in each of `askedGroups`. */
  readonly groups: ReadonlyMap<string, readonly Node[]>;
}

/** Targets whose nodes have to be known beside those of the run. */
export function askedGroups({ connect, rollout }: RunRequest): ListedTarget[] {
  return [
    ...connect.sudoPasswordFor.map((text) => ({ text, source: '--sudo-password-for' })),
    ...rollout.order.map((text) => ({ text, source: '--order' })),
  ];
}

export function findRollout(
  { rollout }: RunRequest,
  { nodes, groups }: Known,
  tell: Tell,
): RolloutRules | undefined {
  if (!isRollout(rollout)) return undefined;
  const ids = (some: readonly Node[]) => some.map(({ id }) => id);
  const slots = rollout.order.map((name) => ({ name, nodes: ids(groups.get(name) ?? []) }));
  for (const { name, nodes: members } of slots) {
    if (members.length > 0) continue;
    tell({ type: 'log', level: 'warn', message: `--order ${quoteInput(name)}: no target is in it` });
  }
  return rulesOfShortForms(rollout, ids(nodes), slots);
}
