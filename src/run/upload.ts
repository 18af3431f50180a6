/**
 * The upload: one archive streamed into a private stage on every node, a barrier over all nodes, and the commit by rename.
 * Until the first commit is told to a node, no destination has changed anywhere.
 */
import { LockstepError } from '../errors.ts';
import { RECEIVE_TEXT } from '../node/relocation.ts';
import { createArchive } from '../transfer/archive.ts';
import type { Collection } from '../transfer/entry.ts';
import { fanOut } from '../transfer/fan-out.ts';
import { spoolIn } from '../transfer/spool.ts';
import { commitAll, type Staged } from './commit.ts';
import { type Speaker, speakerError, startSpeaker } from './speaker.ts';
import { spoolDirectory } from './spool-directory.ts';
import { type Site, unlessAborted, type Work } from './work.ts';

/** Where the files go on one node: a path, absolute or below the login directory. */
export type DestinationOn = (site: Site) => string;

/** Resolves when every node is wholly new. Rejects with `upload-failed` (nothing changed) or `commit-failed`. */
export async function upload(
  work: Work,
  collection: Collection,
  destinationOn: DestinationOn,
): Promise<void> {
  const { held } = work;
  held.check();
  const staged = await unlessAborted(held.signal, stageAll(work, collection, destinationOn));
  held.check();
  await commitAll(work, staged);
}

async function stageAll(work: Work, collection: Collection, destinationOn: DestinationOn): Promise<Staged[]> {
  const { sites, emit, options, held } = work;
  const { preserveUid, preserveGid } = options;
  void emit({ type: 'phase', phase: 'upload', nodes: sites.length, bytes: collection.bytes * sites.length });
  const owner = preserveUid || preserveGid ? '' : '-o';
  const receivers = await Promise.all(
    sites.map((site) =>
      startReceiver(work, site, { destination: destinationOn(site), base: collection.base, owner }),
    ),
  );
  const sinks = receivers.map(({ channel }) => ({
    write: (bytes: Buffer) => channel.write(bytes),
    end: () => channel.end(),
    ended: channel.result,
  }));
  const archive = createArchive(collection, { preserveUid, preserveGid });
  const onBytes = (sent: number) => void emit({ type: 'bytes', sent });
  await fanOut(archive, sinks, { onBytes, signal: held.signal, spool: spoolIn(spoolDirectory()) });
  const results = await Promise.all(receivers.map(finishReceiver(work)));
  const failures = results.filter((result) => result instanceof LockstepError);
  if (failures.length > 0) {
    throw new LockstepError('upload-failed', `upload failed on ${failures.length} of ${sites.length} nodes`, {
      causes: failures,
    });
  }
  return results.flatMap((result) => (result instanceof LockstepError ? [] : [result]));
}

interface Receiver extends Speaker {
  readonly destination: string;
}

async function startReceiver(
  work: Work,
  site: Site,
  { destination, base, owner }: { destination: string; base: string; owner: string },
): Promise<Receiver> {
  const settings = { job: 'receive', text: RECEIVE_TEXT, words: [destination, base, owner] } as const;
  const speaker = await startSpeaker(work, site, settings, (reply) => {
    if (reply.kind === 'stage') site.keeper.announceStage(reply.path);
  });
  return { ...speaker, destination };
}

function finishReceiver(work: Work): (receiver: Receiver) => Promise<Staged | LockstepError> {
  return async ({ site, channel, replies, destination }) => {
    const result = await channel.result;
    await work.emit({ type: 'output-end', node: site.node });
    const stage = replies.find((reply) => reply.kind === 'stage');
    if (stage !== undefined && replies.some((reply) => reply.kind === 'staged')) {
      void work.emit({ type: 'node-done', phase: 'upload', node: site.node });
      return { site, stage: stage.path, destination };
    }
    const error = speakerError('upload-failed', site, { result, replies });
    work.outcomes.set(site.node.id, { kind: 'refused', error });
    void work.emit({ type: 'node-failed', phase: 'upload', node: site.node, error });
    return error;
  };
}
