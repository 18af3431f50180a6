/**
 * The upload: each node is sent what it lacks, into a private stage; then a barrier over all nodes, and the commit by rename.
 * Until the controller tells the first node to commit, no destination has changed anywhere.
 */
import { unlessAborted } from '../../core/waiting.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import { type CommitWish, commitAll } from './commit.ts';
import { type Shipment, shipmentsOf, type Wish } from './shipments.ts';
import { type DestinationOn, type Owners, stageAll } from './stage.ts';

/** Resolves when every node is wholly new. Rejects with `upload-failed` (nothing changed), or as `commitAll` does. */
export async function upload(
  work: HeldRun,
  collection: Collection,
  wish: Wish & Owners & CommitWish,
  destinationOn: DestinationOn,
): Promise<void> {
  const { held } = work;
  held.check();
  work.files.begin(work.sites.map(({ node }) => node));
  const shipments = await unlessAborted(held.signal, shipmentsOf(work, { collection, wish, destinationOn }));
  await ship(work, shipments, { wish, destinationOn });
}

/** Stages all of them on all nodes, and commits. Rejects as `upload` does. */
export async function ship(
  work: HeldRun,
  shipments: readonly Shipment[],
  { wish, destinationOn }: { wish: Owners & CommitWish; destinationOn: DestinationOn },
): Promise<void> {
  const { held } = work;
  held.check();
  const staging = shipments.length === 0 ? [] : stageAll(work, shipments, { owners: wish, destinationOn });
  const staged = await unlessAborted(held.signal, Promise.resolve(staging));
  held.check();
  await commitAll(work, staged, wish);
}
