/** What to send each node of a new release, by what it has of the current one. */
import { dirname } from 'node:path/posix';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { Collection, Entry } from '../../transfer/entry.ts';
import { linkable } from '../../transfer/links.ts';
import { below, type Links, RELEASES, releaseOf } from '../../transfer/release.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { atMost, type Group, Groups } from '../survey/groups.ts';
import { surveyAll } from '../survey/survey-all.ts';
import type { Shipment, Wish } from '../upload/shipments.ts';
import type { Asked } from './ask.ts';
import { sitesByName } from './same-release.ts';

export interface NewRelease {
  readonly collection: Collection;
  readonly name: string;
  readonly links: Links;
  readonly wish: Wish & { readonly linksEqual: boolean };
  readonly directory: string;
}

export async function shipmentsOfRelease(
  work: HeldRun,
  asked: readonly Asked[],
  release: NewRelease,
): Promise<Shipment[]> {
  const byCurrent = [...sitesByName(asked, ({ current }) => current)];
  const shipments = await Promise.all(
    byCurrent.map(async ([before, sites]) => {
      const groups = await groupByEqual({ ...work, sites }, before, release);
      return groups.map(({ value, members }) =>
        shipmentOf(release, before, { equal: value, sites: members }),
      );
    }),
  );
  return shipments.flat();
}

/** For each member: 1 if the release before has the very same file. */
type Equal = Uint8Array;

async function groupByEqual(
  work: HeldRun,
  before: string | undefined,
  { collection, wish, directory }: NewRelease,
): Promise<readonly Group<Equal, Site>[]> {
  const groups = new Groups<Equal, Site>((equal) => [equal]);
  const there = below(collection, `${RELEASES}/${before}`);
  const none = new Uint8Array(there.entries.length);
  if (before === undefined || wish.sendsAll) return [{ value: none, members: [...work.sites] }];
  // An account that may not read its own file cannot copy it, and a copy is made where a link would change its group.
  const mayTake = new Set<Entry>(linkable(there.entries).filter(({ mode }) => (mode & 0o400) !== 0));
  const destination = { path: directory, keepsDirectories: false };
  const settings = { collection: there, destination, comparing: wish, mayBeNew: true, sendsUnread: true };
  const unasked = await surveyAll(work, settings, (site, difference) => {
    const parents = difference.there.wanted.length - there.entries.length;
    const kindAt = (at: number) => difference.verdictAt(parents + at).kind;
    // A link may stand in the place of a directory there; nothing is taken from behind it.
    const strange = new Set<string>();
    const equal = there.entries.map((entry, at) => {
      const isBehind = strange.has(dirname(entry.member));
      if (entry.type === 'directory' && (isBehind || kindAt(at) === 'clash')) strange.add(entry.member);
      return Number(!isBehind && mayTake.has(entry) && kindAt(at) === 'equal');
    });
    groups.add(site, Uint8Array.from(equal));
  });
  for (const { site } of unasked) groups.add(site, none);
  // The groups with the fewest nodes get everything.
  return atMost(LOOK_LIMITS.shipmentsMax, groups.inOrderOf(work.sites), () => none);
}

function shipmentOf(
  { collection, name, links, wish }: NewRelease,
  before: string | undefined,
  { equal, sites }: { equal: Equal; sites: readonly Site[] },
): Shipment {
  const whole = releaseOf(collection, { name, before, links });
  const first = whole.entries.length - equal.length;
  const files = whole.entries.flatMap((entry, at) =>
    at >= first && equal[at - first] === 1 && entry.type === 'file' ? [entry] : [],
  );
  if (files.length === 0) return { sites, collection: whole };
  const bytes = whole.bytes - files.reduce((sum, { size }) => sum + size, 0);
  const how = wish.linksEqual ? ('link' as const) : ('copy' as const);
  const taken = { how, from: `${RELEASES}/${before}`, into: `${RELEASES}/${name}`, files };
  return { sites, collection: { ...whole, bytes, files: whole.files - files.length }, taken };
}
