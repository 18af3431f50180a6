/** Asks every node which releases it has. */

import { LockstepError, toLockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { RELEASES_TEXT } from '../../node/texts.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { hintOf, speakerError, startSpeaker } from '../upload/speaker.ts';
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
      const error = toLockstepError(thrown).of(site.node, undefined);
      work.outcomes.settle(site.node, { kind: 'refused', error }, 'survey');
      return error;
    }
  });
  const results = await unlessAborted(held.signal, Promise.all(answers));
  const failures = results.filter((result) => result instanceof LockstepError);
  return { asked: results.flatMap((result) => (result instanceof LockstepError ? [] : [result])), failures };
}

/** Throws if nodes refused something before anything changed. `hint`: used if nothing better is known. */
export function refuse({ sites, request }: HeldRun, failures: readonly LockstepError[], hint?: string): void {
  if (failures.length === 0) return;
  const text = `refused on ${failures.length} of ${countNodes(sites.length)}`;
  throw new LockstepError('upload-failed', text, {
    causes: failures,
    brief: { text, causes: failures },
    hint,
    ...hintOf(failures, request.connect.asRoot),
  });
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
