/** Which nodes of a past run a new one means, and whether its files are still the same. Pure. */
import { LockstepError } from '../core/errors.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import type { RestNode } from '../core/rest.ts';
import type { Source } from '../core/sources.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Past } from './past-run.ts';
import { NODE_STATES, type NodeState, STATE_OF } from './states.ts';

export type EndState = Exclude<NodeState, 'all'>;

export interface Part {
  /** The nodes as a target, in the order that they had. */
  readonly target: string;
  readonly nodes: number;
  /** All nodes; those that the new run does not mean are as the old run left them. */
  readonly whole: {
    readonly target: string;
    readonly rest: readonly RestNode[];
    readonly again: readonly RestNode[];
  };
}

/** Throws LockstepError `usage` for a run that is not over, and if no node matches. */
export function partOf(past: Past, states: readonly EndState[]): Part {
  const { head, state, nodes } = past;
  const { run } = head;
  if (state === 'running') {
    throw new LockstepError('usage', `run ${run} is not over`, {
      hint: 'only a run that is over can be started again',
    });
  }
  const ends = nodes.map(({ kind }) => STATE_OF[kind]);
  const count = (wanted: readonly EndState[]) => ends.filter((end) => end && wanted.includes(end)).length;
  if (count(states) === 0) {
    throw new LockstepError('usage', `no node of run ${run} is ${states.join(' or ')}`, {
      hint: `lockstep show ${run} tells how each of them ended`,
    });
  }
  const others = NODE_STATES.filter((one): one is EndState => one !== 'all' && !states.includes(one));
  return {
    target: [`run:${run}:all`, ...others.map((other) => `!run:${run}:${other}`)].join(''),
    nodes: count(states),
    whole: {
      target: `run:${run}:all`,
      rest: leftOf(past, (one) => one === undefined || !states.includes(one)),
      again: leftOf(past, (one) => (one === 'failed' || one === 'lost') && states.includes(one)),
    },
  };
}

/** Those of its nodes whose end is one of these, and where each had it. */
function leftOf({ head, nodes }: Past, has: (state: EndState | undefined) => boolean): RestNode[] {
  return nodes.flatMap(({ node, kind, detail, isOut = false, isOfEarlier = false }, at) => {
    if (!has(STATE_OF[kind])) return [];
    const there = `in run ${head.run}`;
    const told = isOfEarlier ? detail : detail === '' ? there : `${detail}, ${there}`;
    return [{ at, node, kind, detail: told, ...(isOut && { isOut }) }];
  });
}

/** Throws LockstepError `usage` if the files have changed, or nobody knows what they were. */
export function checkSources({ head, sources: before }: Past, now: readonly Source[]): void {
  if (now.length === 0) return;
  const refuse = (message: string) => new LockstepError('usage', message, { hint: HINT });
  if (before === undefined)
    throw refuse(`the journal does not tell what the files of run ${head.run} were: ${namesOf(now)}`);
  const changed = changedSources(before, now);
  if (changed.length > 0)
    throw refuse(`not as they were when run ${head.run} read them: ${namesOf(changed)}`);
}

const HINT = '--changed-sources takes them as they are now; nodes that are ok have them as they were';

function changedSources(before: readonly Source[], now: readonly Source[]): readonly Source[] {
  const [old, current] = [before, now].map((some) => new Map(some.map((one) => [one.path, one])));
  const isSame = ({ path, more, digest }: Source) =>
    digest !== undefined && old?.get(path)?.digest === digest && old.get(path)?.more === more;
  return [...now.filter((one) => !isSame(one)), ...before.filter(({ path }) => !current?.has(path))];
}

function namesOf(sources: readonly Source[]): string {
  const shown = sources.slice(0, JOURNAL_LIMITS.namesShown).map(({ path }) => quoteInput(path));
  const more = sources.reduce((sum, one) => sum + 1 + (one.more ?? 0), -shown.length);
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
