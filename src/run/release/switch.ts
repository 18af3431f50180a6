/**
 * `--switch`: the files become a new release beside the others, and `current` leads to it on every node, or on none. A
 * reader always finds one release, whole, behind `current`.
 */

import { join } from 'node:path/posix';
import { RELEASE_LIMITS } from '../../core/limits/releases.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { Collection } from '../../transfer/entry.ts';
import { below, CURRENT } from '../../transfer/release.ts';
import type { HeldRun } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { ship } from '../upload/upload.ts';
import { askAll } from './ask.ts';
import { surplusOf, withNew } from './releases.ts';
import { removeSurplus } from './remove.ts';
import { linksFor } from './same-release.ts';
import { shipmentsOfRelease } from './shipments.ts';

type SwitchWish = WorkOf<'upload'>;

export async function switchRelease(
  work: HeldRun,
  collection: Collection,
  { wish, directory }: { wish: SwitchWish; directory: string },
): Promise<void> {
  const { tell, identity } = work;
  if (wish.look === undefined) work.files.begin(work.sites.map(({ node }) => node));
  const asked = await askAll(work, directory);
  if (wish.look !== undefined) {
    // The current release is what its readers have now.
    const { lookFirst } = await import('../look/look.ts');
    return lookFirst(work, below(collection, CURRENT), wish, { path: directory, keepsDirectories: false });
  }
  const name = identity.run;
  const links = linksFor(work, collection.top ?? collection.entries[0]);
  const release = { collection, name, links, wish, directory };
  const shipments = await unlessAborted(work.held.signal, shipmentsOfRelease(work, asked, release));
  await ship(work, shipments, { wish, destinationOn: () => directory });
  // If nodes have turns, some may never have had one.
  const switched = asked.filter(({ site }) => work.files.stateOf(site.node) === 'new');
  const where =
    switched.length === asked.length ? '' : ` on ${switched.length} of ${countNodes(asked.length)}`;
  if (switched.length > 0)
    tell({
      type: 'log',
      level: 'info',
      message: `${join(directory, CURRENT)} is release ${name} now${where}`,
    });
  const kept = wish.releasesKept ?? RELEASE_LIMITS.kept;
  const surplus = switched.map(({ site, releases }) => ({
    site,
    names: surplusOf(withNew(releases, name), kept),
  }));
  await removeSurplus(work, surplus, directory);
}
