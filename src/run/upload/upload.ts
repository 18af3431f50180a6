/**
 * The upload: each node is sent what it lacks, into a private stage; then a barrier over all nodes, and the commit by rename.
 * Until the controller tells the first node to commit, no destination has changed anywhere.
 */
import { unlessAborted } from '../../core/waiting.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import { commitAll } from './commit.ts';
import { shipmentsOf, type Wish } from './shipments.ts';
import { type DestinationOn, type Owners, stageAll } from './stage.ts';

/** Resolves when every node is wholly new. Rejects with `upload-failed` (nothing changed) or `commit-failed`. */
export async function upload(
  work: HeldRun,
  collection: Collection,
  wish: Wish & Owners,
  destinationOn: DestinationOn,
): Promise<void> {
  const { held } = work;
  held.check();
  work.files.begin(work.sites.map(({ node }) => node));
  const shipments = await unlessAborted(held.signal, shipmentsOf(work, { collection, wish, destinationOn }));
  if (shipments.length === 0) return;
  const staged = await unlessAborted(held.signal, stageAll(work, shipments, { owners: wish, destinationOn }));
  held.check();
  await commitAll(work, staged);
}
