/** Common to the shipments of releases: nodes at the same release share an archive, and links have the owner of the files. */
import type { Entry } from '../../transfer/entry.ts';
import type { Links } from '../../transfer/release.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { Asked } from './ask.ts';
import type { Releases } from './releases.ts';

/** Nodes by their release, in the order of each release's first node. */
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

/** A run's links have the owner of its files. */
export function linksFor({ identity }: HeldRun, like: Pick<Entry, 'uid' | 'gid'> | undefined): Links {
  const mtimeNs = BigInt(Date.parse(identity.since)) * 1_000_000n;
  return { uid: like?.uid ?? 0, gid: like?.gid ?? 0, mtimeNs };
}
