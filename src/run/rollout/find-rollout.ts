/** Makes the rules for the schedule from the request for a rollout, and the known nodes. */
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { OpenedRollout } from '../../rollout/open-rollout.ts';
import type { RolloutRules } from '../../schedule/rollout-rules.ts';
import type { Catalogue } from '../../targets/catalogue.ts';
import type { ListedTarget } from '../../targets/host-list.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { RolloutWish, RunRequest } from '../request/request.ts';
import { stdinOf } from '../request/work.ts';
import type { Surroundings } from '../surroundings.ts';
import { isRollout } from './is-rollout.ts';
import { rulesOfShortForms } from './short-forms.ts';

export interface Known {
  /** All targets, in the order of their names in the request. */
  readonly nodes: readonly Node[];
  /** The nodes in each of `askedGroups`. */
  readonly groups: ReadonlyMap<string, readonly Node[]>;
  /** Groups and labels, if a file needs them. */
  readonly catalogue?: Catalogue;
  readonly opened?: OpenedRollout | undefined;
}

/** Targets whose nodes must be known beside those of the run. */
export function askedGroups({ connect, rollout }: RunRequest): ListedTarget[] {
  return [
    ...connect.sudoPasswordFor.map((text) => ({ text, source: '--sudo-password-for' })),
    ...rollout.order.map((text) => ({ text, source: '--order' })),
  ];
}

/** Reads the rollout file, if there is one. Rejects with LockstepError `usage`, with the place of each mistake. */
export async function openRolloutFile(
  { rollout: { file } }: RunRequest,
  here: Pick<Surroundings, 'environment' | 'signal'>,
): Promise<OpenedRollout | undefined> {
  if (file === undefined) return undefined;
  return (await import('../../rollout/open-rollout.ts')).openRollout(file, here);
}

/** Throws LockstepError `usage`. */
export function findRollout(request: RunRequest, known: Known, tell: Tell): RolloutRules | undefined {
  const { rollout } = request;
  if (!isRollout(rollout)) return undefined;
  const { nodes, groups, opened } = known;
  const ids = (some: readonly Node[]) => some.map(({ id }) => id);
  if (opened !== undefined) {
    const rules = opened.rulesOf({ nodes, catalogue: known.catalogue ?? NO_CATALOGUE });
    if (rules.threads.length + rules.limits.length === 0) {
      const message = 'the rollout file has no order and no limit for any of the targets: all start at once';
      tell({ type: 'log', level: 'warn', message });
    }
    return withShortForms(rules, rollout, ids(nodes));
  }
  const slots = rollout.order.map((name) => ({ name, nodes: ids(groups.get(name) ?? []) }));
  for (const { name, nodes: members } of slots) {
    if (members.length > 0) continue;
    tell({ type: 'log', level: 'warn', message: `--order ${quoteInput(name)}: no target is in it` });
  }
  return rulesOfShortForms(rollout, ids(nodes), slots);
}

const NO_CATALOGUE: Catalogue = { groups: new Map(), labels: new Map(), sources: [] };

/** `--batch` is one more limit; what the line says of failures wins. */
function withShortForms(
  rules: RolloutRules,
  { batch, maxFailures }: RolloutWish,
  nodes: readonly string[],
): RolloutRules {
  const short = rulesOfShortForms({ batch, maxFailures, isPlan: false, order: [] }, nodes, []);
  return {
    ...rules,
    limits: [...rules.limits, ...short.limits],
    maxFailures: short.maxFailures ?? rules.maxFailures,
  };
}

/** Refuses what a rollout cannot do here. Throws LockstepError `usage`. */
export function refuseRollout(
  { threads, retry }: RolloutRules,
  { work }: RunRequest,
  { ask }: Pick<Surroundings, 'ask'>,
): void {
  if (ask === undefined && threads.some(({ pause }) => pause === 'confirm')) {
    throw new LockstepError('usage', 'pause: confirm asks somebody, and there is no terminal to ask on', {
      hint: 'give it a time, such as 10m, or start the run at a terminal',
    });
  }
  if (retry !== undefined && stdinOf(work) !== undefined) {
    throw new LockstepError('usage', 'retry does not go with -i: the input is read once', {
      hint: 'leave out one of them',
    });
  }
}
