/** The nodes of a run by how they ended, for `-o run:RUN:STATE`. Pure. */
import { LockstepError } from '../core/errors.ts';
import { type Node, targetText } from '../core/node.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { EndKind, Past } from './past-run.ts';

/** Each node of a run that is over is in one of the first four. */
export const NODE_STATES = ['ok', 'failed', 'lost', 'skipped', 'all'] as const;

export type NodeState = (typeof NODE_STATES)[number];

/** As targets. Throws LockstepError `usage` for a word that is no state. */
export function nodesOf(
  { head, nodes }: Past,
  state: string,
): { readonly text: string; readonly address?: string }[] {
  if (!isState(state)) {
    throw new LockstepError('usage', `nodes of a run are not picked by ${quoteInput(state)}`, {
      hint: `run:RUN:STATE has one of ${NODE_STATES.join(', ')}`,
    });
  }
  if (head.isOfJobs === true) {
    throw new LockstepError('usage', `run ${head.run} was one of jobs, whose sites are no targets`, {
      hint: 'name sites of a file of jobs with lockstep job NAME --role SITE',
    });
  }
  return nodes
    .filter(({ kind }) => state === 'all' || STATE_OF[kind] === state)
    .map(({ node }) => ({
      text: targetText(node),
      ...(typeof node.address === 'string' ? { address: node.address } : {}),
    }));
}

/** Nodes whose end, if they have one, is among these. */
export function nodesIn({ nodes }: Past, states: readonly NodeState[]): Node[] {
  return nodes.flatMap(({ node, kind }) => {
    const state = STATE_OF[kind];
    return state !== undefined && states.includes(state) ? [node] : [];
  });
}

export const STATE_OF: Readonly<Record<EndKind, Exclude<NodeState, 'all'> | undefined>> = {
  ok: 'ok',
  exit: 'failed',
  signal: 'failed',
  'timed-out': 'failed',
  refused: 'failed',
  ended: 'failed',
  lost: 'lost',
  skipped: 'skipped',
  waiting: undefined,
  running: undefined,
};

function isState(text: string): text is NodeState {
  return (NODE_STATES as readonly string[]).includes(text);
}
