/**
 * The commit: every node puts its staged files in place by rename, and waits. When all have done so, and have passed the check, the run
 * decides that they keep the files. If anything fails anywhere, all go back. A node that hears no decision goes back by itself.
 */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { isFailure } from '../../core/outcome.ts';
import { atMost, unlessAborted } from '../../core/waiting.ts';
import { RECOVER_TEXT } from '../../node/texts.ts';
import { allNodes, countNodes } from '../../text/list-nodes.ts';
import type { HeldRun } from '../held-run.ts';
import { type Check, checkNodes } from './check-nodes.ts';
import { NodeCommit, type Staged } from './node-commit.ts';
import { failedAndKept, TakenBack, type Why } from './taken-back.ts';

/** What the user asks for beside the files. */
export interface CommitWish extends Partial<Check> {
  /** `keep`: each node keeps its own files, whatever becomes of the others. */
  readonly onFailure?: 'undo' | 'keep';
}

/** Resolves when every node has all new files, and keeps them. An abort before the decision takes back what was begun. */
export async function commitAll(work: HeldRun, staged: readonly Staged[], wish: CommitWish): Promise<void> {
  work.held.keepMade();
  // Where no node lacks anything there is nothing to switch, but the check runs.
  if (staged.length > 0) work.tell({ type: 'phase', phase: 'commit', nodes: staged.length });
  const isAlone = wish.onFailure === 'keep';
  await commitTogether(work, beginCommits(work, staged, isAlone), {
    isAlone,
    check: () => checkNodes(work, wish),
  });
}

/** Starts the commit of each node. From here on its keeper can take it back. */
export function beginCommits(work: HeldRun, staged: readonly Staged[], isAlone: boolean): NodeCommit[] {
  if (staged.length === 0) return [];
  for (const { site } of staged) site.keeper.giveRecovery(RECOVER_TEXT);
  work.held.beginCommit();
  work.files.beginSwitch(staged.map(({ site }) => site.node));
  return staged.map((one) => new NodeCommit(work, one, isAlone ? 'alone' : 'wait'));
}

/**
 * Waits until all commits have switched and passed `check`, and decides. `commits`: nodes that keep their new files together, or go back
 * together. In a rollout that is one node, else all of a run. `isAlone`: each node has decided for itself (`--on-failure keep`).
 */
export async function commitTogether(
  work: HeldRun,
  commits: readonly NodeCommit[],
  { isAlone, check }: { isAlone: boolean; check: () => Promise<readonly LockstepError[]> },
): Promise<void> {
  const { held } = work;
  try {
    await unlessAborted(held.signal, Promise.all(commits.map(({ switched }) => switched)));
    refuse(work, commits, { why: 'commit', failures: failuresOf(commits), isAlone });
    const failures = await unlessAborted(held.signal, check());
    refuse(work, commits, { why: 'check', failures, isAlone });
    // A worker that waits for the decision may have been killed while others were checked.
    refuse(work, commits, { why: 'commit', failures: failuresOf(commits), isAlone });
    held.check();
  } catch (thrown) {
    await takeBack(work, commits, thrown);
    throw thrown;
  }
  if (!isAlone) await keepAll(work, commits);
}

function failuresOf(commits: readonly NodeCommit[]): LockstepError[] {
  return commits.flatMap(({ failure }) => failure ?? []);
}

interface Found {
  readonly why: Why;
  readonly failures: readonly LockstepError[];
  readonly isAlone: boolean;
}

/** Throws where a node has failed: with `TakenBack` where all go back. */
function refuse(work: HeldRun, commits: readonly NodeCommit[], { why, failures, isAlone }: Found): void {
  if (failures.length === 0) return;
  const failed = { why, failures, nodes: work.sites.length };
  if (!isAlone) throw new TakenBack(failed, commits);
  if (why === 'check') throw failedAndKept(failed);
  const isUnchanged = commits.every(({ node }) => work.files.stateOf(node) === 'old');
  if (isUnchanged) throw new TakenBack(failed, commits);
  const text = `the commit failed on ${failures.length} of ${countNodes(work.sites.length)}`;
  throw new LockstepError('commit-failed', `${text}; the others have the new files`, {
    causes: failures,
    brief: { text, causes: failures },
  });
}

/**
 * Tells each node that waits to go back. Where the commit has failed it also waits until they have. Where the run ends for another
 * reason, such as a lost lock, it does not: keepers and the next run take care of the nodes.
 */
async function takeBack(
  { held, outcomes, files, sites }: HeldRun,
  commits: readonly NodeCommit[],
  why: unknown,
): Promise<void> {
  for (const commit of commits) commit.decide('undo');
  if (!(why instanceof TakenBack)) return;
  // Nodes that lacked nothing have had no commit, and still have their old files.
  const waiting = new Set(commits.map(({ site }) => site));
  for (const site of sites) if (!waiting.has(site)) files.set(site.node, 'old');
  await unlessAborted(held.signal, Promise.all(commits.map(({ ended }) => ended))).catch(() => {});
  for (const { node, failure } of commits) {
    const known = outcomes.get(node);
    if (failure !== undefined || (known !== undefined && isFailure(known))) continue;
    outcomes.settle(node, { kind: 'ended', reason: 'taken back, since another node failed', follows: true });
  }
}

/**
 * Tells all nodes to keep their files, and waits for their answers. The words leave in one turn of the event loop, so that as little as
 * possible can happen between them. An abort waits until the nodes have answered, or have had their time: otherwise a keeper could be
 * told to end, and take the node back, while the word "keep" is on its way.
 */
async function keepAll({ held, clock }: HeldRun, commits: readonly NodeCommit[]): Promise<void> {
  for (const commit of commits) commit.decide('keep');
  const all = Promise.all(commits.map(({ ended }) => ended));
  await unlessAborted(held.signal, all).catch(() =>
    atMost(all, { clock, timeoutMs: LIMITS.releaseTimeoutMs }),
  );
  held.signal.throwIfAborted();
  const failures = failuresOf(commits);
  if (failures.length === 0) return;
  const text = `the files were put in place on ${allNodes(commits.length)}, and ${failures.length} of them did not say that they have kept them`;
  throw new LockstepError('commit-failed', text, { causes: failures });
}
