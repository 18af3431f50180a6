/** Releases on their way: nodes that are at the same one, and have the same of it, get one archive; all of them commit, or none. */
import { unlessAborted } from '../../core/waiting.ts';
import type { Entry } from '../../transfer/entry.ts';
import type { Links } from '../../transfer/release.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { type CommitWish, commitAll } from '../upload/commit.ts';
import type { Shipment } from '../upload/shipments.ts';
import { type Owners, stageAll } from '../upload/stage.ts';
import type { Asked } from './ask.ts';
import type { Releases } from './releases.ts';

/** As an upload, with shipments that were made for it. */
export async function ship(
  work: HeldRun,
  shipments: readonly Shipment[],
  { wish, directory }: { wish: Owners & CommitWish; directory: string },
): Promise<void> {
  const { held, files, sites } = work;
  held.check();
  files.begin(sites.map(({ node }) => node));
  const destinationOn = () => directory;
  const staged = await unlessAborted(held.signal, stageAll(work, shipments, { owners: wish, destinationOn }));
  held.check();
  await commitAll(work, staged, wish);
}

/** Nodes by a release that they have, in the order of the first of them. */
export function sitesByName(
  asked: readonly Asked[],
  nameOf: (releases: Releases) => string | undefined,
): ReadonlyMap<string | undefined, readonly Site[]> {
  const found = new Map<string | undefined, Site[]>();
  for (const { site, releases } of asked) {
    const name = nameOf(releases);
    const sites = found.get(name);
    if (sites === undefined) found.set(name, [site]);
    else sites.push(site);
  }
  return found;
}

/** The links of a run belong to whom its files do. */
export function linksFor({ identity }: HeldRun, like: Pick<Entry, 'uid' | 'gid'> | undefined): Links {
  const mtimeNs = BigInt(Date.parse(identity.since)) * 1_000_000n;
  return { uid: like?.uid ?? 0, gid: like?.gid ?? 0, mtimeNs };
}
