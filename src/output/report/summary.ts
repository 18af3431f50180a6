/** The report at the end of a run that failed: what failed, on which nodes, why; like causes told once. */
import { LockstepError } from '../../errors.ts';
import type { NodeOutcome, Outcome, RunEvent } from '../../events.ts';
import type { Node } from '../../targets/node.ts';
import { sanitiseText } from '../sanitise.ts';
import { causeTrees, cutGroups, errorTree, listNodes, type ReportBounds, type Tree } from './tree.ts';

export type Finished = Extract<RunEvent, { type: 'finished' }>;

export interface Report {
  readonly tree: Tree;
  readonly hint: string | undefined;
}

/** Nothing to report: undefined. A run that tolerated failures (-w, -t) has told them as warnings. */
export function summarise(finished: Finished, bounds: ReportBounds): Report | undefined {
  const { failure, outcomes, exitCode } = finished;
  if (failure === undefined && exitCode === 0) return undefined;
  const isCommandFailure = failure === undefined || COMMAND_FAILURES.has(failure.code);
  const cause: Tree = isCommandFailure
    ? { text: COMMAND_HEADLINE, children: [] }
    : errorTree(failure, bounds);
  const counted = countTree(outcomes, { failure, isCommandFailure, bounds });
  return {
    tree: { text: cause.text, children: [...cause.children, ...counted] },
    hint: failure?.hint === undefined ? undefined : sanitiseText(failure.hint),
  };
}

/** Scripts look for this sentence; the causes below it say what really happened. */
const COMMAND_HEADLINE =
  'remote execution failed, because one of command has been exited with non-zero exit code (or timed out) at least on one node';
const COMMAND_FAILURES: ReadonlySet<string> = new Set([
  'command-failed',
  'command-timed-out',
  'connection-lost',
]);

/** `commands are failed on 3 out of 10 nodes`, below it one line for each way of failing. */
function countTree(
  outcomes: readonly NodeOutcome[],
  context: { failure: LockstepError | undefined; isCommandFailure: boolean; bounds: ReportBounds },
): Tree[] {
  const { failure, isCommandFailure, bounds } = context;
  const told = errorsIn(failure);
  const open = outcomes.filter(({ outcome }) => outcome.kind !== 'ok');
  const untold = open.filter(({ outcome }) => outcome.kind !== 'refused' || !told.has(outcome.error));
  if (untold.length === 0) return [];
  const failedCount = open.filter(({ outcome: { kind } }) => kind !== 'skipped' && kind !== 'ended').length;
  const subject = isCommandFailure ? 'commands are failed' : 'the run has ended early';
  const where =
    failedCount === outcomes.length
      ? `all ${outcomes.length} nodes`
      : `${failedCount} out of ${outcomes.length} nodes`;
  const children = outcomeTrees(untold, bounds);
  // Where nothing was run, a list of all nodes tells nothing more.
  const areAllSkipped = untold.every(({ outcome }) => outcome.kind === 'skipped');
  if (areAllSkipped) return [{ text: 'nothing was run on any node', children: [] }];
  return [{ text: `${subject} on ${where}`, children }];
}

/** Every error below one, itself included: what the report has told already. */
function errorsIn(error: unknown, found = new Set<unknown>()): ReadonlySet<unknown> {
  if (!(error instanceof LockstepError) || found.has(error)) return found;
  found.add(error);
  for (const cause of error.causes) errorsIn(cause, found);
  return found;
}

/** One tree for each kind of outcome, the most common first; refusals keep the tree of their error. */
function outcomeTrees(outcomes: readonly NodeOutcome[], bounds: ReportBounds): Tree[] {
  const groups = new Map<string, Node[]>();
  const refusals: LockstepError[] = [];
  for (const { node, outcome } of outcomes) {
    if (outcome.kind === 'refused' || outcome.kind === 'lost') {
      refusals.push(outcome.kind === 'refused' ? outcome.error : lostError(node, outcome.reason));
      continue;
    }
    const key = describeOutcome(outcome);
    const nodes = groups.get(key);
    if (nodes === undefined) groups.set(key, [node]);
    else nodes.push(node);
  }
  const trees = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([text, nodes]) => ({
      text: `${text} (${nodes.length} nodes): ${listNodes(nodes, bounds)}`,
      children: [],
    }));
  return [...cutGroups(trees, bounds), ...causeTrees(refusals, bounds)];
}

/** As orgalorg words it; as an error, so that reasons which differ only in the node's address are told once. */
function lostError(node: Node, reason: string): LockstepError {
  return new LockstepError('connection-lost', 'failed to finish execution, unexpected error', {
    node,
    causes: [reason],
  });
}

function describeOutcome(outcome: Exclude<Outcome, { kind: 'refused' | 'lost' }>): string {
  switch (outcome.kind) {
    case 'ok':
      return 'ok';
    case 'exit':
      return `code ${outcome.code}`;
    case 'signal':
      return sanitiseText(`killed by signal ${outcome.signal.replace(/^SIG/, '')}`);
    case 'timed-out':
      return `timed out after ${outcome.afterMs / 1000} s`;
    case 'ended':
      return sanitiseText(`ended, ${outcome.reason}`);
    case 'skipped':
      return sanitiseText(`not done, ${outcome.reason}`);
  }
}
