/** Asks every node which releases it has. */

import { LockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { RELEASES_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { noteFailure, refuse } from '../upload/refuse.ts';
import { speakerError, startSpeaker } from '../upload/speaker.ts';
import { asTold, type Releases } from './releases.ts';

/** A node and its releases. */
export interface Asked {
  readonly site: Site;
  readonly releases: Releases;
}

/** Rejects with `upload-failed` if some node cannot tell, or its `current` leads to no release; nothing has changed then. */
export async function askAll(work: HeldRun, directory: string): Promise<Asked[]> {
  const { asked, failures } = await tryAll(work, directory);
  refuse(work, failures);
  return asked;
}

/** The same, but returns failures beside the nodes that answered. */
export async function tryAll(
  work: HeldRun,
  directory: string,
): Promise<{ asked: Asked[]; failures: LockstepError[] }> {
  const { sites, held, tell } = work;
  held.check();
  tell({ type: 'phase', phase: 'survey', nodes: sites.length });
  const answers = sites.map(async (site): Promise<Asked | LockstepError> => {
    try {
      const releases = await askOne(work, site, directory);
      tell({ type: 'node-done', phase: 'survey', node: site.node });
      return { site, releases };
    } catch (thrown) {
      return noteFailure(work, site.node, thrown, 'survey');
    }
  });
  const results = await unlessAborted(held.signal, Promise.all(answers));
  const failures = results.filter((result) => result instanceof LockstepError);
  return { asked: results.flatMap((result) => (result instanceof LockstepError ? [] : [result])), failures };
}

async function askOne(work: HeldRun, site: Site, directory: string): Promise<Releases> {
  const settings = { job: 'survey', text: RELEASES_TEXT, words: [directory] } as const;
  const { channel, replies } = await startSpeaker(work, site, settings);
  channel.end();
  const result = await channel.result;
  if (!replies.some(({ kind }) => kind === 'end'))
    throw speakerError('upload-failed', site, { result, replies });
  const names = (kind: 'current' | 'before' | 'release') =>
    replies.flatMap((reply) => (reply.kind === kind ? [reply.name] : []));
  return asTold(names('current')[0], names('before'), names('release'));
}
