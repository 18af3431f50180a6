/**
 * The report at the end of a run for people at a terminal: the first line says what failed, where, why, and what became
 * of the files; more causes stand below it, one a line. -v names nodes that only followed another one's failure.
 */

import type { LockstepError } from '../../core/errors.ts';
import type { NodeOutcome, Outcome } from '../../core/outcome.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { sanitiseText } from '../../text/sanitise.ts';
import { describeFiles } from './aftermath.ts';
import {
  errorsIn,
  type Finished,
  groupOutcomes,
  hasFollowed,
  isCommandFailure,
  isRolloutFailure,
  isWell,
  type Report,
} from './summary.ts';
import { causeTrees, cutGroups, errorTree, joinTree, type ReportBounds, type Tree } from './tree.ts';

export interface BriefReport extends Report {
  /** The user wanted this end: Ctrl-C, and every node obeyed. */
  readonly isWanted: boolean;
}

/** Undefined: nothing to report. */
export function summariseBriefly(finished: Finished, bounds: ReportBounds): BriefReport | undefined {
  if (isWell(finished)) return undefined;
  const { failure, files, outcomes, stuck = [] } = finished;
  const { text, causes, others } = mainOf(failure, outcomes, bounds);
  const sentences = [describeFiles(files, bounds), describeStuck(stuck, bounds)];
  if (wasNothingRun(failure, outcomes)) sentences.push('nothing was run on any node');
  const [only, ...more] = causes;
  const isOne = only !== undefined && more.length === 0;
  const first = isOne ? `${text}: ${joinTree(only)}` : text;
  const line = [first, ...sentences.filter((sentence) => sentence !== undefined)].join('; ');
  const children = [...(isOne ? [] : causes), ...others, ...followersTrees(outcomes, bounds)];
  const isClean = causes.length + others.length + stuck.length === 0 && files?.hasBegun !== true;
  return {
    tree: { text: [line, ...children.map(joinTree)].join('\n'), children: [] },
    hint: failure?.hint === undefined ? undefined : sanitiseText(failure.hint),
    isWanted: failure?.code === 'interrupted' && isClean,
  };
}

interface Main {
  readonly text: string;
  /** A single one goes into the first line. */
  readonly causes: readonly Tree[];
  /** Other failures. */
  readonly others: readonly Tree[];
}

function mainOf(
  failure: LockstepError | undefined,
  outcomes: readonly NodeOutcome[],
  bounds: ReportBounds,
): Main {
  const open = outcomes.filter(({ outcome }) => outcome.kind !== 'ok' && !hasFollowed(outcome));
  if (failure === undefined || isCommandFailure(failure)) {
    const failed = open.filter(({ outcome: { kind } }) => kind !== 'ended' && kind !== 'skipped');
    const text = `the command failed${where(failed.length, outcomes.length)}`;
    return { text, causes: outcomeTrees(open, bounds), others: [] };
  }
  const tree = errorTree(failure, bounds);
  if (isRolloutFailure(failure)) return { text: tree.text, causes: outcomeTrees(open, bounds), others: [] };
  const isEnding = ENDINGS.has(failure.code);
  const told = errorsIn(failure);
  const toldNodes = new Set([...told].map(({ node }) => node?.id));
  const others = open.filter(({ node, outcome }) => {
    if (outcome.kind === 'skipped' || toldNodes.has(node.id)) return false;
    return !isEnding || isFull(bounds) || !isEndedByUs(outcome);
  });
  const trees = outcomeTrees(others, bounds);
  if (!isEnding) return { text: tree.text, causes: tree.children, others: trees };
  const met = outcomes.filter(({ outcome: { kind } }) => kind !== 'ok' && kind !== 'skipped').length;
  // Only the number, if it is all of them.
  const place = met === 0 ? '' : met === outcomes.length ? on(met) : where(met, outcomes.length);
  return { text: `${tree.text}${place}`, causes: trees, others: [] };
}

/** These end a run everywhere: nodes that end with it are no failures of their own. */
const ENDINGS: ReadonlySet<string> = new Set(['interrupted', 'terminated', 'hangup']);

function isEndedByUs(outcome: Outcome): boolean {
  if (outcome.kind === 'exit') return outcome.code === 128 + 15 || outcome.code === 128 + 9;
  return outcome.kind === 'signal' && /^(?:SIG)?(?:TERM|KILL)$/.test(outcome.signal);
}

function followersTrees(outcomes: readonly NodeOutcome[], bounds: ReportBounds): Tree[] {
  const followers = outcomes.filter(({ outcome }) => hasFollowed(outcome)).map(({ node }) => node);
  if (!isFull(bounds) || followers.length === 0) return [];
  return [{ text: `ended with it${on(followers.length)}: ${listNodes(followers, bounds)}`, children: [] }];
}

/** `code 17 on 2 nodes: …` */
function outcomeTrees(outcomes: readonly NodeOutcome[], bounds: ReportBounds): Tree[] {
  const { groups, refusals } = groupOutcomes(outcomes);
  const isOnly = groups.length + refusals.length === 1;
  const trees = groups.map(({ text, nodes }) => {
    const names = listNodes(nodes, bounds);
    const count = isOnly ? '' : on(nodes.length);
    return { text: nodes.length === 1 ? `${text} on ${names}` : `${text}${count}: ${names}`, children: [] };
  });
  return [...cutGroups(trees, bounds), ...causeTrees(refusals, bounds)];
}

function describeStuck(stuck: NonNullable<Finished['stuck']>, bounds: ReportBounds): string | undefined {
  if (stuck.length === 0) return undefined;
  return `no word of the end from ${listNodes(stuck, bounds)}: --lock-status looks at what is left there`;
}

function wasNothingRun(failure: LockstepError | undefined, outcomes: readonly NodeOutcome[]): boolean {
  if (failure === undefined) return false;
  const told = errorsIn(failure);
  const others = outcomes.filter(({ outcome }) => outcome.kind !== 'refused' || !told.has(outcome.error));
  return others.length > 0 && others.every(({ outcome }) => outcome.kind === 'skipped');
}

function isFull({ namesMax }: ReportBounds): boolean {
  return namesMax === Number.POSITIVE_INFINITY;
}

/** A run on one node needs no count. */
function where(count: number, total: number): string {
  if (total === 1) return '';
  return count < total ? ` on ${count} of ${total} nodes` : ` on all ${total} nodes`;
}

function on(count: number): string {
  return count === 1 ? ' on 1 node' : ` on ${count} nodes`;
}
