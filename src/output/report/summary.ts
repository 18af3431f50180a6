/** The report at the end of a failed run: what failed, on which nodes, and why. It tells like causes once. */

import { EXIT, LockstepError } from '../../core/errors.ts';
import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { NodeOutcome, Outcome } from '../../core/outcome.ts';
import { countNodes, listNodes } from '../../text/list-nodes.ts';
import { outcomeText } from '../../text/outcome-text.ts';
import { sanitiseText } from '../../text/sanitise.ts';
import { describeFiles } from './aftermath.ts';
import { causeTrees, cutGroups, errorTree, type ReportBounds, type Tree } from './tree.ts';

export type Finished = Extract<ControlEvent, { type: 'finished' }>;

export interface Report {
  readonly tree: Tree;
  readonly hint: string | undefined;
}

/** What lockstep said before the report, and need not repeat. */
export interface Told {
  /** Messages of errors, with their nodes. */
  readonly errors: ReadonlySet<string>;
  /** What became of the files. */
  readonly files: boolean;
}

/** A key by which the report recognises what lockstep said before. */
export function toldText({
  node,
  message,
}: {
  readonly node?: Node | undefined;
  readonly message: string;
}): string {
  return `${node?.id} ${message}`;
}

/** Undefined if there is nothing to report. A run that tolerated failures (-w, -t) has warned of each. */
export function summarise(finished: Finished, bounds: ReportBounds, told: Told): Report | undefined {
  const { failure, outcomes, stuck = [] } = finished;
  if (isWell(finished)) return undefined;
  const isTold = failure !== undefined && told.errors.has(toldText(failure));
  const cause: Tree = isCommandFailure(failure)
    ? { text: COMMAND_HEADLINE, children: [] }
    : errorTree(failure, { ...bounds, isBrief: isTold });
  const files = told.files ? undefined : describeFiles(finished.files, bounds);
  const more = [
    ...(files === undefined ? [] : [files]),
    ...(stuck.length === 0 ? [] : [`no word of the end from ${listNodes(stuck, bounds)}`]),
  ];
  const counted = countTree(outcomes, { failure, isCommandFailure: isCommandFailure(failure), bounds });
  const children = more.map((text): Tree => ({ text, children: [] }));
  return {
    tree: { text: cause.text, children: [...cause.children, ...children, ...counted] },
    hint: failure?.hint === undefined ? undefined : sanitiseText(failure.hint),
  };
}

/** Nothing failed. Findings of a dry run or an audit are no failure. */
export function isWell({ failure, exitCode }: Finished): boolean {
  return failure === undefined && (exitCode === EXIT.ok || exitCode === EXIT.changesPending);
}

/** Scripts look for this sentence; the causes below it say what really happened. */
const COMMAND_HEADLINE =
  'remote execution failed, because one of command has been exited with non-zero exit code (or timed out) at least on one node';
const COMMAND_FAILURES: ReadonlySet<string> = new Set([
  'command-failed',
  'command-timed-out',
  'connection-lost',
]);

/** Errors whose causes are the nodes' outcomes, which tell them. */
export function isCommandFailure(failure: LockstepError | undefined): boolean {
  return failure === undefined || COMMAND_FAILURES.has(failure.code);
}

/** Nodes never began because of other nodes' outcomes. */
export function isRolloutFailure(failure: LockstepError | undefined): boolean {
  return failure?.code.startsWith('rollout-') === true;
}

/** `commands are failed on 3 out of 10 nodes`, below it one line for each kind of failure. */
function countTree(
  outcomes: readonly NodeOutcome[],
  context: { failure: LockstepError | undefined; isCommandFailure: boolean; bounds: ReportBounds },
): Tree[] {
  const { failure, isCommandFailure, bounds } = context;
  const told = errorsIn(failure);
  const open = outcomes.filter(({ outcome }) => outcome.kind !== 'ok');
  const toldNodes = new Set(isCommandFailure ? [] : [...told].map(({ node }) => node?.id));
  const untold = open.filter(({ node, outcome }) => {
    if (outcome.kind === 'refused') return !told.has(outcome.error);
    return !hasFollowed(outcome) && !(ENDS_OF_COMMANDS.has(outcome.kind) && toldNodes.has(node.id));
  });
  const followers = open.filter(({ outcome }) => hasFollowed(outcome));
  const followed = followers.length === 0 ? [] : [followedTree(followers, bounds)];
  if (untold.length === 0) return followed;
  const failedCount = open.filter(
    ({ outcome }) => outcome.kind !== 'skipped' && outcome.kind !== 'ended' && !hasFollowed(outcome),
  ).length;
  const subject =
    isCommandFailure || isRolloutFailure(failure) ? 'commands are failed' : 'the run has ended early';
  const where =
    failedCount === outcomes.length
      ? `all ${outcomes.length} nodes`
      : `${failedCount} out of ${outcomes.length} nodes`;
  const children = outcomeTrees(untold, bounds);
  // If nothing ran, a list of all nodes says nothing new.
  const areAllSkipped =
    untold.every(({ outcome }) => outcome.kind === 'skipped') &&
    outcomes.every(({ outcome: { kind } }) => kind !== 'ok' && kind !== 'exit');
  if (areAllSkipped) return [{ text: 'nothing was run on any node', children: [] }];
  return [{ text: `${subject} on ${where}`, children }, ...followed];
}

/** Where an error tells of such a node, it tells this. */
const ENDS_OF_COMMANDS: ReadonlySet<Outcome['kind']> = new Set(['exit', 'signal', 'timed-out']);

/** The node failed only because another one did. */
export function hasFollowed(outcome: Outcome): boolean {
  return 'follows' in outcome && outcome.follows === true;
}

/** Nodes that only followed others are innocent: the report counts them, and -v names them. */
function followedTree(outcomes: readonly NodeOutcome[], bounds: ReportBounds): Tree {
  const names =
    bounds.namesMax === Number.POSITIVE_INFINITY
      ? `: ${listNodes(
          outcomes.map(({ node }) => node),
          bounds,
        )}`
      : '';
  return { text: `ended because of it on ${countNodes(outcomes.length)}${names}`, children: [] };
}

/** An error and every one below it: what the report has already said. */
export function errorsIn(error: unknown, found = new Set<LockstepError>()): ReadonlySet<LockstepError> {
  if (!(error instanceof LockstepError) || found.has(error)) return found;
  found.add(error);
  for (const cause of error.causes) errorsIn(cause, found);
  return found;
}

/** One tree for each kind of outcome, the most common first; refusals keep the tree of their error. */
function outcomeTrees(outcomes: readonly NodeOutcome[], bounds: ReportBounds): Tree[] {
  const { groups, refusals } = groupOutcomes(outcomes);
  const trees = groups.map(({ text, nodes }) => ({
    text: `${text} (${nodes.length} nodes): ${listNodes(nodes, bounds)}`,
    children: [],
  }));
  return [...cutGroups(trees, bounds), ...causeTrees(refusals, bounds)];
}

export interface OutcomeGroups {
  /** Most common first. */
  readonly groups: readonly { readonly text: string; readonly nodes: readonly Node[] }[];
  readonly refusals: readonly LockstepError[];
}

/** Groups nodes that ended in the same way; those with an error of their own keep it. */
export function groupOutcomes(outcomes: readonly NodeOutcome[]): OutcomeGroups {
  const groups = new Map<string, Node[]>();
  const refusals: LockstepError[] = [];
  for (const { node, outcome } of outcomes) {
    if (outcome.kind === 'refused' || outcome.kind === 'lost') {
      refusals.push(outcome.kind === 'refused' ? outcome.error : lostError(node, outcome.reason));
      continue;
    }
    const key = outcomeText(outcome);
    const nodes = groups.get(key);
    if (nodes === undefined) groups.set(key, [node]);
    else nodes.push(node);
  }
  const bySize = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return { groups: bySize.map(([text, nodes]) => ({ text, nodes })), refusals };
}

/** In orgalorg's words; an error, so that reasons which differ only in the node's address appear once. */
function lostError(node: Node, reason: string): LockstepError {
  return new LockstepError('connection-lost', 'failed to finish execution, unexpected error', {
    node,
    causes: [reason],
    brief: { text: `was lost: ${reason}`, causes: [] },
  });
}
