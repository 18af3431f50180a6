/**
 * The upload: one archive streamed into a private stage on every node, a barrier over all nodes, and the commit by rename.
 * Until the controller tells the first node to commit, no destination has changed anywhere.
 */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { EXECUTORS, RECEIVE_TEXT } from '../../node/texts.ts';
import { createArchive } from '../../transfer/archive.ts';
import type { Collection } from '../../transfer/entry.ts';
import { fanOut } from '../../transfer/fan-out.ts';
import { fanOutSettings, type HeldRun, type Site, whileProven } from '../held-run.ts';
import type { WorkOf } from '../request.ts';
import { commitAll, type Staged } from './commit.ts';
import { hintOf, type Speaker, speakerError, startSpeaker } from './speaker.ts';
import { type GuardedSink, guardSink } from './stall-guard.ts';

/** Whose the files are on the nodes: as here, or the account's; and whether they are read once more in place. */
export type Owners = Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'isParanoid'>;

/** Where the files go on one node: a path, absolute or below the login directory. */
export type DestinationOn = (site: Site) => string;

/** Resolves when every node is wholly new. Rejects with `upload-failed` (nothing changed) or `commit-failed`. */
export async function upload(
  work: HeldRun,
  collection: Collection,
  owners: Owners,
  destinationOn: DestinationOn,
): Promise<void> {
  const { held } = work;
  held.check();
  work.files.begin(work.sites.map(({ node }) => node));
  const staged = await unlessAborted(held.signal, stageAll(work, collection, { owners, destinationOn }));
  held.check();
  await commitAll(work, staged);
}

async function stageAll(
  work: HeldRun,
  collection: Collection,
  { owners, destinationOn }: { owners: Owners; destinationOn: DestinationOn },
): Promise<Staged[]> {
  const { sites, tell, request, held, identity } = work;
  const { keepsOwner: preserveUid, keepsGroup: preserveGid, isParanoid } = owners;
  const { who, since } = identity;
  for (const site of sites) checkLengths(collection, destinationOn(site));
  tell({ type: 'phase', phase: 'upload', nodes: sites.length, bytes: collection.bytes * sites.length });
  const owner = preserveUid || preserveGid ? '' : '-o';
  const loud = request.show.verbose > 0 ? '-v' : '';
  const room = [String(Math.ceil(collection.bytes / 1024)), String(collection.entries.length)];
  const receivers = await Promise.all(
    sites.map((site) => {
      const words = [destinationOn(site), collection.base, owner, loud, who, since, ...room];
      return startReceiver(work, site, words);
    }),
  );
  tellFiles(work, collection);
  await untilAllReady(work, receivers);
  const ours = isParanoid ? [...EXECUTORS, { name: 'paranoid', text: '' }] : EXECUTORS;
  const archive = createArchive(
    collection,
    { preserveUid, preserveGid },
    { ours, withCksum: tellCksum(work, receivers) },
  );
  const onBytes = (sent: number) => tell({ type: 'bytes', sent });
  const sinks = receivers.map(({ sink }) => sink);
  work.here.expect('large-buffers');
  await fanOut(whileProven(held, archive), sinks, { ...fanOutSettings(work), onBytes });
  const results = await Promise.all(receivers.map(finishReceiver(work)));
  refuseFailures(work, results);
  return results.flatMap((result) => (result instanceof LockstepError ? [] : [result]));
}

function refuseFailures({ sites, request }: HeldRun, results: readonly (Staged | LockstepError)[]): void {
  const failures = results.filter((result) => result instanceof LockstepError);
  if (failures.length === 0) return;
  const where = `on ${failures.length} of ${sites.length} nodes`;
  throw new LockstepError('upload-failed', `can't upload files on the remote nodes: failed ${where}`, {
    causes: failures,
    brief: { text: `the upload failed ${where}`, causes: failures },
    ...hintOf(failures, request.connect.asRoot),
  });
}

/** Nothing is sent to any node before all have said that there is room: what one refuses so costs the others nothing. */
async function untilAllReady(work: HeldRun, receivers: readonly Receiver[]): Promise<void> {
  await Promise.all(receivers.map(({ sink, ready }) => sink.whenReady(ready)));
  const failed = receivers.filter(({ replies }) => !replies.some(({ kind }) => kind === 'stage'));
  if (failed.length === 0) return;
  refuseFailures(work, await Promise.all(failed.map(finishReceiver(work))));
}

/** Whether the sums of cksum are needed: that is told, since they show a fault, but nobody's intent. */
function tellCksum({ tell }: HeldRun, receivers: readonly Receiver[]): boolean {
  const without = receivers.filter(({ replies }) => replies.some(({ kind }) => kind === 'cksum'));
  if (without.length === 0) return false;
  const names = without.map(({ site }) => site.node.id).join(', ');
  const message = `checked by cksum, as nothing tells a sha256 there: ${names}`;
  tell({ type: 'log', level: 'warn', message });
  return true;
}

/** A path that no node can hold is refused before anything is sent; below a relative destination the nodes find out. */
function checkLengths({ entries }: Collection, destination: string): void {
  if (!destination.startsWith('/')) return;
  const room = LIMITS.pathBytesMax - Buffer.byteLength(destination) - 1;
  const tooLong = entries.find(({ member }) => Buffer.byteLength(member) > room);
  if (tooLong === undefined) return;
  const text = `cannot send ${JSON.stringify(tooLong.member)}: below ${destination} its path is longer than ${LIMITS.pathBytesMax} bytes`;
  throw new LockstepError('upload-failed', text);
}

/** Names few files one by one, as scripts expect; of many it says how many, and names them with -v. */
function tellFiles({ tell, sites, request }: HeldRun, { entries, files, bytes }: Collection): void {
  const isShort = files <= LIMITS.filesToldMax;
  if (!isShort) {
    const message = `sending ${files} files, ${bytes} bytes, to ${sites.length} nodes`;
    tell({ type: 'log', level: 'info', message });
    if (request.show.verbose === 0) return;
  }
  let count = 0;
  for (const entry of entries) {
    if (entry.type === 'directory') continue;
    const place = `${String(++count).padStart(5)}/${files}`;
    const message = `${place} sending file: '${entry.member}'`;
    tell({ type: 'log', level: isShort ? 'info' : 'debug', message });
  }
}

interface Receiver extends Speaker {
  readonly sink: GuardedSink;
  /** Resolves when its first stage is announced. */
  readonly ready: Promise<void>;
}

async function startReceiver(work: HeldRun, site: Site, words: readonly string[]): Promise<Receiver> {
  const settings = { job: 'receive', text: RECEIVE_TEXT, words } as const;
  let onReady = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const speaker = await startSpeaker(work, site, settings, (reply) => {
    if (reply.kind === 'stage') site.keeper.announceStage(reply.path);
    if (reply.kind === 'stage') onReady();
    // While others still take theirs: it is not waited for any more.
    if (reply.kind === 'staged') work.tell({ type: 'node-done', phase: 'upload', node: site.node });
  });
  const sink = guardSink(speaker.channel, work.request.times.receiveTimeoutMs);
  return { ...speaker, sink, ready };
}

function finishReceiver(work: HeldRun): (receiver: Receiver) => Promise<Staged | LockstepError> {
  return async ({ site, channel, replies, sink }) => {
    const result = await channel.result;
    work.tell({ type: 'output-end', node: site.node });
    const stage = replies.find((reply) => reply.kind === 'stage');
    if (stage !== undefined && replies.some((reply) => reply.kind === 'staged')) {
      return { site, stage: stage.path };
    }
    const stall = sink.stall();
    const error =
      stall === undefined
        ? speakerError('upload-failed', site, { result, replies })
        : new LockstepError('upload-failed', `was given up: ${stall}`, { node: site.node });
    work.outcomes.settle(site.node, { kind: 'refused', error }, 'upload');
    return error;
  };
}
