/** Decides what each node is sent: what it lacks, by a survey of what it has. Nodes that lack the same share one archive. */

import { LockstepError } from '../../core/errors.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { type Marks, Parcels } from '../../transfer/difference/parcel.ts';
import type { Collection, Entry } from '../../transfer/entry.ts';
import type { LinkList } from '../../transfer/links.ts';
import type { Mend } from '../../transfer/manifest.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import type { Programs } from '../survey/ask-paths.ts';
import { atMost, type Group, Groups } from '../survey/groups.ts';
import { type Comparing, type SurveySettings, surveyAll, type Unasked } from '../survey/survey-all.ts';
import { LocalSums } from '../survey/survey-node.ts';
import { Deletes } from './deletes.ts';
import { isSmall } from './is-small.ts';
import { noteFailure } from './refuse.ts';
import { hintOf } from './speaker.ts';

/** Where the files go on one node: a path, absolute or below the login directory. */
export type DestinationOn = (site: Site) => string;

/** What some nodes are sent, all of them the same. */
export interface Shipment {
  readonly sites: readonly Site[];
  readonly collection: Collection;
  /** Members whose attributes alone are set, where they lie. */
  readonly mends?: readonly Mend[];
  /** What is removed on each of the nodes. */
  readonly deletes?: Deletes;
  /** Files of the collection that the nodes take from another directory of theirs. `collection.bytes` does not count them. */
  readonly taken?: LinkList;
  /** The program with which a node carries out its plan, where the survey has asked for it. */
  readonly programs?: ReadonlyMap<Site, Programs> | undefined;
}

export type Wish = Comparing & Pick<WorkOf<'upload'>, 'sendsAll' | 'deletes' | 'isConfirmed'>;

/** What a node lacks. */
interface Lack {
  readonly marks: Marks;
  /** The node has something that is removed. */
  readonly hasMore: boolean;
}

interface ShipmentWish {
  readonly collection: Collection;
  readonly wish: Wish;
  /** The survey asks all nodes for the path of the first one, so it must be the same for all unless everything is sent. */
  readonly destinationOn: DestinationOn;
}

type SurveyWish = ShipmentWish & Pick<SurveySettings, 'programs'> & { readonly sums: LocalSums };

/** One shipment for each group of nodes that lack the same. Nodes that lack nothing are in none, and are settled here. */
export async function shipmentsOf(work: HeldRun, asked: ShipmentWish): Promise<Shipment[]> {
  const { sites, tell } = work;
  const { collection } = asked;
  if (asked.wish.sendsAll && !asked.wish.deletes) return [{ sites, collection }];
  const sums = new LocalSums();
  const parcels = new Parcels(collection);
  const deletes = new Deletes();
  const programs = isSmall(collection) ? new Map<Site, Programs>() : undefined;
  const grouping = groupByLack(work, { ...asked, sums, programs }, { parcels, deletes });
  // For the receivers.
  if (isSmall(collection)) work.ahead.provide(sites.map(({ connection }) => connection));
  const groups = (await grouping).inOrderOf(sites);
  const isLacking = ({ value }: Group<Lack, Site>) => value.hasMore || value.marks.some((mark) => mark !== 0);
  const lacking = atMost(LOOK_LIMITS.shipmentsMax, groups.filter(isLacking), (lacks) => ({
    marks: parcels.union(lacks.map(({ marks }) => marks)),
    hasMore: true,
  }));
  const shipments = await Promise.all(
    lacking.map(async ({ value, members }) => {
      const { mends, ...parcel } = parcels.contentsOf(value.marks);
      return { sites: members, ...parcel, mends: await withSums(mends, sums), deletes, programs };
    }),
  );
  const unchanged = groups.flatMap((group) => (isLacking(group) ? [] : group.members));
  work.ahead.close(unchanged.map(({ node }) => node));
  settleUnchanged(work, unchanged);
  if (unchanged.length > 0) {
    const what = collection.files === 1 ? 'this file' : 'these files';
    const have = unchanged.length === 1 ? '1 node has' : `${unchanged.length} nodes have`;
    const message =
      shipments.length === 0
        ? `nothing to send: ${have} ${what} already`
        : `nothing to send to ${unchanged.length} of ${countNodes(sites.length)}: they have ${what} already`;
    tell({ type: 'log', level: 'info', message });
  }
  return shipments;
}

/** Surveys all nodes, and groups them by what they lack. Asks the user about deletions. */
async function groupByLack(
  work: HeldRun,
  { collection, wish, destinationOn, sums, programs }: SurveyWish,
  { parcels, deletes }: { parcels: Parcels; deletes: Deletes },
): Promise<Groups<Lack, Site>> {
  const groups = new Groups<Lack, Site>(({ marks, hasMore }) => [marks, `${hasMore}`]);
  const [first] = work.sites;
  const path = first === undefined ? '/' : destinationOn(first);
  const destination = { path, keepsDirectories: false };
  const isTop = wish.deletes && collection.isTop === true;
  const finds = wish.deletes ? 'delete' : undefined;
  let pathAt = (member: string) => member;
  const unasked = await surveyAll(
    work,
    { collection, destination, comparing: wish, mayBeNew: !isTop, sendsUnread: true, finds, sums, programs },
    (site, difference) => {
      const { extras, there } = difference;
      pathAt = there.pathAt;
      if (extras !== undefined) deletes.add(site, extras);
      const marks = wish.sendsAll ? parcels.whole() : parcels.lacking(difference);
      groups.add(site, { marks, hasMore: extras !== undefined && extras.list.length > 0 });
    },
  );
  if (wish.deletes) {
    refuseUnasked(work, unasked);
    await deletes.confirm(work, { isConfirmed: wish.isConfirmed, pathAt });
  }
  for (const { site, error } of unasked) {
    const message = `${UNASKED}: ${error.message}`;
    work.tell({ type: 'log', level: 'debug', node: site.node, message });
    groups.add(site, { marks: parcels.whole(), hasMore: false });
  }
  return groups;
}

/** The fuzzer looks for these words. */
export const UNASKED = 'it cannot be asked what it has, so it is sent all files';

/** Adds the sums, by which the node checks once more that its bytes are these: the survey was a while ago. */
function withSums(mends: readonly Entry[], sums: LocalSums): Promise<Mend[]> {
  const found = mends.map(async (entry) => {
    return { entry, sha256: entry.type === 'file' && entry.size > 0 ? await sums.of(entry) : '' };
  });
  return Promise.all(found);
}

/** Refuses `--delete` where a node could not be asked: nobody knows what would be removed there. */
function refuseUnasked(work: HeldRun, unasked: readonly Unasked[]): void {
  if (unasked.length === 0) return;
  const { sites, request } = work;
  const causes = unasked.map(({ site: { node }, error }) => noteFailure(work, node, error, 'survey'));
  const text = `what would be deleted could not be told on ${causes.length} of ${countNodes(sites.length)}`;
  const hint = hintOf(causes, request.connect.asRoot);
  throw new LockstepError('upload-failed', text, { causes, brief: { text, causes }, ...hint });
}

function settleUnchanged({ files, outcomes }: HeldRun, sites: readonly Site[]): void {
  for (const { node } of sites) {
    files.set(node, 'new');
    outcomes.settle(node, { kind: 'ok' });
  }
}
