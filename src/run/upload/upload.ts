/**
 * The upload: each node receives what it lacks into a private stage. When all have, they commit by rename: all together, or in a rollout
 * each at its turn. Until the controller tells the first node to commit, no destination has changed anywhere.
 */
import { unlessAborted } from '../../core/waiting.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import { commitAll } from './commit.ts';
import { commitInTurn, type InTurn } from './commit-in-turn.ts';
import { type DestinationOn, type Shipment, shipmentsOf, type Wish } from './shipments.ts';
import { stageAll } from './stage.ts';

/**
 * Resolves when every node has all new files; in a rollout, when the turns are over. Rejects with `upload-failed` where nothing has
 * changed, or as `commitAll` does.
 */
export async function upload(
  work: HeldRun,
  collection: Collection,
  wish: Wish & InTurn['wish'],
  destinationOn: DestinationOn,
): Promise<void> {
  const { held } = work;
  held.check();
  work.files.begin(work.sites.map(({ node }) => node));
  const shipments = await unlessAborted(held.signal, shipmentsOf(work, { collection, wish, destinationOn }));
  await ship(work, shipments, { wish, destinationOn });
}

/** Stages the shipments on their nodes, and commits. Rejects as `upload` does. */
export async function ship(
  work: HeldRun,
  shipments: readonly Shipment[],
  { wish, destinationOn }: { wish: InTurn['wish']; destinationOn: DestinationOn },
): Promise<void> {
  const { held } = work;
  held.check();
  const staging = shipments.length === 0 ? [] : stageAll(work, shipments, { owners: wish, destinationOn });
  const staged = await unlessAborted(held.signal, Promise.resolve(staging));
  held.check();
  if (work.progress.rollout === undefined) return commitAll(work, staged, wish);
  await commitInTurn(work, { shipments, staged, wish, destinationOn });
}
