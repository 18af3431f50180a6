/** The commit: every node puts its stage in place by rename, or goes back. It comes after the barrier over all nodes. */
import { LockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { COMMIT_TEXT, RECOVER_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { type Speaker, speakerError, startSpeaker } from './speaker.ts';

/** A node whose files wait in their stage. */
export interface Staged {
  readonly site: Site;
  readonly stage: string;
}

/** From here an abort no longer stops what was begun: the keepers let each commit come to its end. */
export async function commitAll(work: HeldRun, staged: readonly Staged[]): Promise<void> {
  const { tell, held, files } = work;
  tell({ type: 'phase', phase: 'commit', nodes: staged.length });
  for (const { site } of staged) site.keeper.giveRecovery(RECOVER_TEXT);
  held.keepMade();
  held.beginCommit();
  files.beginSwitch(staged.map(({ site }) => site.node));
  const commits = staged.map(async ({ site, stage }) => {
    const speaker = await startSpeaker(work, site, { job: 'commit', text: COMMIT_TEXT, words: [stage] });
    // A wrapper that hands stdin on may wait for its end.
    speaker.channel.end();
    return finishCommit(work, speaker);
  });
  const results = await unlessAborted(held.signal, Promise.allSettled(commits));
  const failures = results.flatMap((result) => {
    if (result.status === 'rejected') return [result.reason as unknown];
    return result.value === undefined ? [] : [result.value];
  });
  if (failures.length > 0) {
    const isUnchanged = failures.length === staged.length && files.atEnd()?.old.length === staged.length;
    if (isUnchanged) {
      const text = `the files could not be put in place on any of ${staged.length} nodes; all of them are as they were`;
      throw new LockstepError('upload-failed', text, { causes: failures });
    }
    const text = `the commit failed on ${failures.length} of ${staged.length} nodes; the others have the new files`;
    throw new LockstepError('commit-failed', text, {
      causes: failures,
      brief: { text: `the commit failed on ${failures.length} of ${staged.length} nodes`, causes: failures },
    });
  }
}

async function finishCommit(
  work: HeldRun,
  { site, channel, replies }: Speaker,
): Promise<LockstepError | undefined> {
  const result = await channel.result;
  if (replies.some((reply) => reply.kind === 'committed')) {
    work.files.set(site.node, 'new');
    work.outcomes.settle(site.node, { kind: 'ok' }, 'commit');
    return undefined;
  }
  // A node that says why, and ends so, has taken back what it had begun.
  const isBack = replies.some((reply) => reply.kind === 'exit' && reply.code === 1);
  if (isBack) work.files.set(site.node, 'old');
  const error = speakerError('commit-failed', site, { result, replies });
  work.outcomes.settle(site.node, { kind: 'refused', error }, 'commit');
  return error;
}
