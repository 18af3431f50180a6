/** What a run says of its rollout: its rules, its progress, and which nodes never began and why. */
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Plan } from '../../core/plan.ts';
import type { RolloutEnd } from '../../core/turn.ts';
import { planOf } from '../../rollout/plan-of.ts';
import type { RolloutRules } from '../../schedule/rollout-rules.ts';
import type { ScheduleEffect, Stop } from '../../schedule/schedule-state.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { sanitiseText } from '../../text/sanitise.ts';
import { neverBegan } from '../../text/turn.ts';
import type { Outcomes } from '../outcomes.ts';
import { MAX_DOWN } from './short-forms.ts';

/** How many limits and orders the start names. */
const PARTS_MAX = 4;

export interface Beginning {
  readonly rules: RolloutRules;
  /** All nodes that it counts; which of them are out of reach, and which were down before. */
  readonly nodes: readonly Node[];
  readonly absent?: readonly Node[];
  readonly down?: readonly Node[];
  readonly hooks?: Plan['hooks'] | undefined;
}

/** `a rollout on 6 nodes: at most 2 at once (--batch); the canary (1), then the rest (5) (--canary)`. */
export function tellStart({ rules, nodes, absent = [], down = [], hooks }: Beginning, tell: Tell): void {
  const parts = partsOf(rules, new Set(nodes.map(({ id }) => id)));
  const more = parts.length > PARTS_MAX ? [`and ${parts.length - PARTS_MAX} more`] : [];
  const shown = [...parts.slice(0, PARTS_MAX), ...more];
  const how = shown.length === 0 ? '' : `: ${shown.join('; ')}`;
  tell({
    type: 'log',
    level: 'info',
    message: sanitiseText(`a rollout on ${countNodes(nodes.length)}${how}`),
  });
  tell({ type: 'rollout', plan: planOf(rules, nodes, hooks), absent, down });
}

/** The rules are those of the whole rollout, where an earlier run has begun it: only what can hold up one of these nodes is told. */
function partsOf({ limits, threads }: RolloutRules, counted: ReadonlySet<string>): string[] {
  const count = (nodes: readonly string[]) => nodes.filter((node) => counted.has(node)).length;
  return [
    ...limits.flatMap(({ name, max, nodes }) =>
      count(nodes) === 0 ? [] : [`at most ${max} at once (${name})`],
    ),
    ...threads.flatMap(({ name, slots }) => {
      const sizes = slots.flatMap((slot) => {
        const size = count(slot.nodes);
        return size === 0 ? [] : [`${slot.name} (${size})`];
      });
      const shown = sizes.length > PARTS_MAX ? [...sizes.slice(0, PARTS_MAX), '…'] : sizes;
      return sizes.length < 2 ? [] : [`${shown.join(', then ')} (${name})`];
    }),
  ];
}

export interface RolloutVoice {
  readonly tell: Tell;
  readonly outcomes: Outcomes;
  nodeOf(id: string): Node | undefined;
}

export type ToldEffect = Extract<
  ScheduleEffect,
  { readonly type: 'tell' | 'wait' | 'skip' | 'slot-done' | 'halt' }
>;

export function tellEffect(effect: ToldEffect, { tell, outcomes, nodeOf }: RolloutVoice): void {
  const node = 'node' in effect ? nodeOf(effect.node) : undefined;
  switch (effect.type) {
    case 'tell': {
      const message = `failed first: --fail-fast ends the command on ${effect.others} other ${effect.others === 1 ? 'node' : 'nodes'}`;
      return tell({ type: 'log', level: 'warn', node: nodeOf(effect.first), message });
    }
    case 'wait':
      if (node !== undefined) tell({ type: 'node-waits', node, reason: effect.reason });
      return;
    case 'skip': {
      if (node === undefined) return;
      const { reason } = effect;
      const known = outcomes.get(node);
      // A node that failed, or was lost while it waited, has said how it ended: it is not one whose work never began.
      if (known !== undefined && isBad(known)) return outcomes.endTries([node]);
      outcomes.settle(node, { kind: 'skipped', reason: neverBegan(reason) });
      return;
    }
    case 'slot-done': {
      const { thread, slot, nodes, failed } = effect;
      tell(effect);
      const failures = failed === 0 ? '' : `, ${failed} of them failed`;
      const message = sanitiseText(`${slot} is done on ${countNodes(nodes)}${failures} (${thread})`);
      tell({ type: 'log', level: 'info', message });
      return;
    }
    case 'halt': {
      const { running, waiting } = effect;
      tell({ type: 'halted', running, waiting });
      const comes = running === 1 ? 'comes to its end by itself' : 'come to their end by themselves';
      const rest = running === 0 ? '' : `, ${countNodes(running)} at work ${comes}`;
      const message = `halted: nothing more starts on ${countNodes(waiting)}${rest}; Ctrl-C ends the run now`;
      tell({ type: 'log', level: 'warn', message });
    }
  }
}

const OR_BATCH = 'with --batch a node that failed gives its place back';
export const MEND =
  'mend what failed; lockstep retry last then runs it on the nodes that are not ok, which --failed-to FILE writes down';
const RETRY_ALL = 'lockstep retry last runs it on the nodes that are not ok';
const NOT_HERE = 'nodes that have never begun come before the others, and are not in this run';
const GO_ON =
  'lockstep resume last goes on with the nodes that never began, which --failed-to FILE writes down, too';

export interface FailureFacts {
  readonly rollout: RolloutRules;
  readonly stop: Stop | undefined;
  /** The first that failed was out of reach. */
  readonly isFirstOut: boolean;
  /** Whether any has, in this run or in the one that it goes on with. */
  readonly hasFailed: boolean;
  /** Of nodes that should have had a turn. */
  readonly outcomes: readonly Outcome[];
  /** Ids of nodes that an earlier run left down. */
  readonly down: readonly string[];
  /** Ids of nodes that an earlier run left, and that are not ok. */
  readonly left: readonly string[];
}

/** Why nodes never began, or are not ok in no run; undefined if there are none, and where a failure of the run itself says it. */
export function rolloutFailure(
  how: RolloutEnd,
  { rollout, stop, isFirstOut, hasFailed, outcomes, down, left }: FailureFacts,
): LockstepError | undefined {
  if (how === 'done') return undoneFailure(outcomes, left);
  if (stop?.kind === 'fail-fast') return undefined;
  if (how === 'halted') return new LockstepError('rollout-halted', 'the run was halted', { hint: GO_ON });
  const code = isFirstOut ? 'rollout-unreachable' : 'rollout-failed';
  if (how === 'failed') {
    const failed = stop?.kind === 'max-failures' ? stop.failed : 1;
    const what = `nothing more was started when ${countNodes(failed)} had failed`;
    return new LockstepError(code, `${what}${fromBefore(down)}`, { hint: MEND });
  }
  if (!hasFailed)
    return new LockstepError(code, `the rollout cannot go on: ${NOT_HERE}`, { hint: RETRY_ALL });
  const what = 'the rollout cannot go on: what failed keeps the others from starting';
  return new LockstepError(code, `${what}${fromBefore(down)}`, {
    hint: rollout.limits.some(({ name }) => name === MAX_DOWN) ? `${MEND}; ${OR_BATCH}` : MEND,
  });
}

/** They are no nodes of this run, whose report has no line for them. */
function fromBefore(down: readonly string[]): string {
  return down.length === 0 ? '' : `; an earlier run has left down: ${someOf(down)}`;
}

function someOf(ids: readonly string[]): string {
  const more = ids.length > NODES_NAMED ? ` and ${ids.length - NODES_NAMED} more` : '';
  return sanitiseText(`${ids.slice(0, NODES_NAMED).join(', ')}${more}`);
}

const NODES_NAMED = 5;

/** Nodes that somebody asked to skip are not ok, nor are those that were left; if others have failed, that is the cause. */
function undoneFailure(outcomes: readonly Outcome[], left: readonly string[]): LockstepError | undefined {
  const skipped = outcomes.filter(({ kind }) => kind === 'skipped').length;
  if (skipped + left.length === 0 || outcomes.some(isBad)) return undefined;
  const before = `an earlier run has left ${countNodes(left.length)} not ok: ${someOf(left)}`;
  const what = skipped === 0 ? `, but ${before}` : ` but ${countNodes(skipped)}`;
  return new LockstepError('rollout-failed', `all had their turn${what}`, { hint: RETRY_ALL });
}

/** However it ended, it did, and not well. */
function isBad({ kind }: Outcome): boolean {
  return kind !== 'ok' && kind !== 'skipped';
}
