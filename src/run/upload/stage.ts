/** Stages the files: each node receives what it lacks into a private stage, and proves it against its list, before any node commits. */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { Collection, Entry } from '../../transfer/entry.ts';
import { isAllRoots } from '../../transfer/header.ts';
import { bytesOf } from '../../transfer/links.ts';
import { listXattrs } from '../../transfer/xattrs/sent-xattrs.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { isSmall } from './is-small.ts';
import type { Staged } from './node-commit.ts';
import { finishReceiver, type Receiver, startReceiver } from './receiver.ts';
import { send } from './send.ts';
import type { DestinationOn, Shipment } from './shipments.ts';
import { hintOf } from './speaker.ts';
import { tellFiles, tellPhase } from './tell-shipments.ts';
import { tellXattrs } from './tell-xattrs.ts';

/** Which owners the files have on the nodes, whether they are read once more in place, and whether the archive is compressed. */
export type Owners = Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'isParanoid' | 'isCompressed'>;

/** Resolves when all nodes have staged. Rejects with `upload-failed` where one of them cannot. */
export async function stageAll(
  work: HeldRun,
  shipments: readonly Shipment[],
  { owners, destinationOn }: { owners: Owners; destinationOn: DestinationOn },
): Promise<Staged[]> {
  for (const { sites, collection } of shipments)
    for (const site of sites) checkLengths(collection, destinationOn(site));
  tellPhase(work, shipments);
  const xattrs = shipments.map(({ collection }) =>
    listXattrs(collection.entries, { preserveUid: owners.keepsOwner }),
  );
  const started = shipments.map((shipment, at) => {
    const hasXattrs = (xattrs[at]?.members.length ?? 0) > 0;
    return startReceivers(work, shipment, { owners, destinationOn, hasXattrs });
  });
  const shipped = await Promise.all(started);
  const receivers = shipped.flat();
  tellFiles(work, shipments);
  const isAhead = shipments.map((shipment) => goesAhead(shipment, owners));
  await untilAllReady(
    work,
    shipped.flatMap((some, at) => (isAhead[at] ? [] : some)),
  );
  work.here.expect('large-buffers');
  const sendings = shipments.map(({ programs, ...shipment }, at) =>
    send(
      work,
      { ...shipment, receivers: shipped[at] ?? [], programs: isAhead[at] ? programs : undefined },
      { owners, share: shipments.length, xattrs: xattrs[at]?.text ?? '' },
    ),
  );
  await Promise.all(sendings);
  // Not in a rollout: a channel would be open until the node's turn, which may come much later.
  const inTurn = work.progress.rollout !== undefined;
  if (!inTurn) work.ahead.provide(receivers.map(({ site }) => site.connection));
  const results = await Promise.all(receivers.map(finishReceiver(work)));
  refuseFailures(work, results);
  tellXattrs(
    work,
    xattrs.map(({ members }, at) => ({ members, receivers: shipped[at] ?? [] })),
  );
  return results.filter((result): result is Staged => !(result instanceof LockstepError));
}

function startReceivers(
  work: HeldRun,
  { sites, collection, mends = [], deletes, taken }: Shipment,
  { owners, destinationOn, hasXattrs }: { owners: Owners; destinationOn: DestinationOn; hasXattrs: boolean },
): Promise<Receiver[]> {
  const { who, since } = work.identity;
  const owner = ownerWord(collection.entries, owners);
  const loud = work.request.show.verbose > 0 ? '-v' : '';
  const copied = taken?.how === 'copy' ? bytesOf(taken.files) : 0;
  const room = [String(Math.ceil((collection.bytes + copied) / 1024)), String(collection.entries.length)];
  const packed = owners.isCompressed ? 'gzip' : '';
  const started = sites.map((site) => {
    const removes = `${deletes?.countFor(site) ?? ''}`;
    const ways = [removes, packed, `${mends.length}`, ...(hasXattrs ? ['yes'] : [])];
    const words = [destinationOn(site), collection.base, owner, loud, who, since, ...room, ...ways];
    return startReceiver(work, site, words);
  });
  return Promise.all(started);
}

/** As `receive.sh` is told it. */
function ownerWord(entries: readonly Entry[], { keepsOwner, keepsGroup }: Owners): string {
  if (!keepsOwner && !keepsGroup) return '-o';
  return isAllRoots(entries, { preserveUid: keepsOwner, preserveGid: keepsGroup }) ? 'root' : '';
}

function refuseFailures({ sites, request }: HeldRun, results: readonly (Staged | LockstepError)[]): void {
  const failures = results.filter((result) => result instanceof LockstepError);
  if (failures.length === 0) return;
  const where = `on ${failures.length} of ${countNodes(sites.length)}`;
  throw new LockstepError('upload-failed', `can't upload files on the remote nodes: failed ${where}`, {
    causes: failures,
    brief: { text: `the upload failed ${where}`, causes: failures },
    ...hintOf(failures, request.connect.asRoot),
  });
}

/**
 * Whether a shipment is sent before the nodes say that they are ready, which saves a round trip: it must be small, the survey must have
 * told what the receivers would, and no list of deletions may go before it.
 */
function goesAhead({ sites, collection, deletes, programs }: Shipment, { isCompressed }: Owners): boolean {
  const isKnown = (site: Site) => programs?.has(site) && deletes?.countFor(site) === undefined;
  return isSmall(collection) && !isCompressed && sites.every(isKnown);
}

/** Waits until all nodes have said that they have room. Nothing large is sent before, so that the refusal of one costs the others nothing. */
async function untilAllReady(work: HeldRun, receivers: readonly Receiver[]): Promise<void> {
  await Promise.all(receivers.map(({ sink, ready }) => sink.whenReady(ready)));
  const failed = receivers.filter(({ replies }) => !replies.some(({ kind }) => kind === 'stage'));
  if (failed.length === 0) return;
  refuseFailures(work, await Promise.all(failed.map(finishReceiver(work))));
}

/** Refuses a path that no node can hold, before anything is sent. Below a relative destination only the nodes can tell. */
function checkLengths({ entries }: Collection, destination: string): void {
  if (!destination.startsWith('/')) return;
  const room = LIMITS.pathBytesMax - Buffer.byteLength(destination) - 1;
  const tooLong = entries.find(({ member }) => Buffer.byteLength(member) > room);
  if (tooLong === undefined) return;
  const text = `cannot send ${JSON.stringify(tooLong.member)}: below ${destination} its path is longer than ${LIMITS.pathBytesMax} bytes`;
  throw new LockstepError('upload-failed', text);
}
