/** What each node is sent: what differs there, by a survey of what it has. Nodes that lack the same share one archive. */
import { LOOK_LIMITS } from '../../core/limits-look.ts';
import { type Marks, Parcels } from '../../transfer/difference/parcel.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request.ts';
import { type Group, Groups } from '../survey/groups.ts';
import { type Comparing, surveyAll } from '../survey/survey-all.ts';
import type { DestinationOn } from './stage.ts';

/** What is sent to some nodes, to all of them alike. */
export interface Shipment {
  readonly sites: readonly Site[];
  readonly collection: Collection;
}

export type Wish = Comparing & Pick<WorkOf<'upload'>, 'sendsAll'>;

interface Lading {
  readonly collection: Collection;
  readonly wish: Wish;
  /** Is asked for what nodes have by one path for all, unless all is sent. */
  readonly destinationOn: DestinationOn;
}

/** Nodes that lack nothing are settled here. */
export async function shipmentsOf(work: HeldRun, lading: Lading): Promise<Shipment[]> {
  const { sites, tell } = work;
  const { collection } = lading;
  if (lading.wish.sendsAll) return [{ sites, collection }];
  const parcels = new Parcels(collection);
  const groups = (await groupByLack(work, lading, parcels)).inOrderOf(sites);
  const isLacking = ({ value }: Group<Marks, Site>) => value.some((mark) => mark !== 0);
  const shipments = atMost(LOOK_LIMITS.shipmentsMax, groups.filter(isLacking), parcels).map(
    ({ value, members }) => ({ sites: members, collection: parcels.contentsOf(value) }),
  );
  const unchanged = groups.flatMap((group) => (isLacking(group) ? [] : group.members));
  settleUnchanged(work, unchanged);
  if (unchanged.length > 0) {
    const what = collection.files === 1 ? 'this file' : 'these files';
    const have = unchanged.length === 1 ? '1 node has' : `${unchanged.length} nodes have`;
    const message =
      shipments.length === 0
        ? `nothing to send: ${have} ${what} already`
        : `nothing to send to ${unchanged.length} of ${sites.length} nodes: they have ${what} already`;
    tell({ type: 'log', level: 'info', message });
  }
  return shipments;
}

async function groupByLack(
  work: HeldRun,
  { collection, wish, destinationOn }: Lading,
  parcels: Parcels,
): Promise<Groups<Marks, Site>> {
  const groups = new Groups<Marks, Site>((marks) => [marks]);
  const [first] = work.sites;
  const path = first === undefined ? '/' : destinationOn(first);
  const destination = { path, keepsDirectories: false };
  const unasked = await surveyAll(
    work,
    { collection, destination, comparing: wish, mayBeNew: true },
    (site, difference) => groups.add(site, parcels.lacking(difference)),
  );
  for (const { site, error } of unasked) {
    const message = `what it has cannot be told, so it is sent all: ${error.message}`;
    work.tell({ type: 'log', level: 'debug', node: site.node, message });
    groups.add(site, parcels.whole());
  }
  return groups;
}

/** Beyond the bound those of the fewest nodes become one, which is sent what any of them lacks. */
function atMost(
  count: number,
  groups: readonly Group<Marks, Site>[],
  parcels: Parcels,
): readonly Group<Marks, Site>[] {
  if (groups.length <= count) return groups;
  const sorted = groups.toSorted((one, other) => other.members.length - one.members.length);
  const rest = sorted.slice(count - 1);
  const value = parcels.union(rest.map((group) => group.value));
  return [...sorted.slice(0, count - 1), { value, members: rest.flatMap(({ members }) => members) }];
}

function settleUnchanged({ files, outcomes }: HeldRun, sites: readonly Site[]): void {
  for (const { node } of sites) {
    files.set(node, 'new');
    outcomes.settle(node, { kind: 'ok' });
  }
}
