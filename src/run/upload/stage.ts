/** All nodes have what they are sent in private stages, each proven against its list, before any node commits. */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { Collection } from '../../transfer/entry.ts';
import { bytesOf } from '../../transfer/links.ts';
import { listXattrs } from '../../transfer/xattrs/sent-xattrs.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { ChannelsAhead } from './channels-ahead.ts';
import type { Staged } from './node-commit.ts';
import { finishReceiver, type Receiver, startReceiver } from './receiver.ts';
import { send } from './send.ts';
import { type DestinationOn, isSmall, type Shipment } from './shipments.ts';
import { hintOf } from './speaker.ts';
import { tellFiles, tellPhase } from './tell-shipments.ts';
import { tellXattrs } from './tell-xattrs.ts';

/** Whose the files are on the nodes: as here, or the account's; and whether they are read once more in place. */
export type Owners = Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'isParanoid' | 'isCompressed'>;

/** Rejects with `upload-failed` where a node does not come so far. */
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
  // In a rollout turns may come much later.
  const inTurn = work.progress.rollout !== undefined;
  const ahead = new ChannelsAhead(work, inTurn ? [] : receivers.map(({ site }) => site));
  const results = await Promise.all(receivers.map(finishReceiver(work)));
  if (results.some((result) => result instanceof LockstepError)) ahead.close();
  refuseFailures(work, results);
  tellXattrs(
    work,
    xattrs.map(({ members }, at) => ({ members, receivers: shipped[at] ?? [] })),
  );
  return results.flatMap((result) =>
    result instanceof LockstepError ? [] : [{ ...result, ahead: ahead.take(result.site) }],
  );
}

function startReceivers(
  work: HeldRun,
  { sites, collection, mends = [], deletes, taken, ahead }: Shipment,
  { owners, destinationOn, hasXattrs }: { owners: Owners; destinationOn: DestinationOn; hasXattrs: boolean },
): Promise<Receiver[]> {
  const { who, since } = work.identity;
  const owner = owners.keepsOwner || owners.keepsGroup ? '' : '-o';
  const loud = work.request.show.verbose > 0 ? '-v' : '';
  const copied = taken?.how === 'copy' ? bytesOf(taken.files) : 0;
  const room = [String(Math.ceil((collection.bytes + copied) / 1024)), String(collection.entries.length)];
  const packed = owners.isCompressed ? 'gzip' : '';
  const started = sites.map((site) => {
    const removes = `${deletes?.countFor(site) ?? ''}`;
    const ways = [removes, packed, `${mends.length}`, ...(hasXattrs ? ['yes'] : [])];
    const words = [destinationOn(site), collection.base, owner, loud, who, since, ...room, ...ways];
    return startReceiver(work, site, { words, ahead: ahead?.take(site) });
  });
  return Promise.all(started);
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

/** What is small is sent at once, where the nodes have said what there is to know, and nothing of any length goes before it. */
function goesAhead({ sites, collection, deletes, programs }: Shipment, { isCompressed }: Owners): boolean {
  const isKnown = (site: Site) => programs?.has(site) && deletes?.countFor(site) === undefined;
  return isSmall(collection) && !isCompressed && sites.every(isKnown);
}

/** Nothing else is sent to any node before all have said that there is room: what one refuses so costs the others nothing. */
async function untilAllReady(work: HeldRun, receivers: readonly Receiver[]): Promise<void> {
  await Promise.all(receivers.map(({ sink, ready }) => sink.whenReady(ready)));
  const failed = receivers.filter(({ replies }) => !replies.some(({ kind }) => kind === 'stage'));
  if (failed.length === 0) return;
  refuseFailures(work, await Promise.all(failed.map(finishReceiver(work))));
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
