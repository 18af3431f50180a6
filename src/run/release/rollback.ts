/** `--rollback`: every node goes back to the release that was current before, or none does. */
import { LockstepError } from '../../core/errors.ts';
import { currentAt } from '../../transfer/release.ts';
import type { HeldRun } from '../held-run.ts';
import { noteFailure, refuse } from '../upload/refuse.ts';
import { ship } from '../upload/upload.ts';
import { askAll } from './ask.ts';
import { previousOf } from './releases.ts';
import { linksFor, sitesByName } from './same-release.ts';
import { tellReleases } from './tell.ts';

export async function rollBack(work: HeldRun, directory: string): Promise<void> {
  work.files.begin(work.sites.map(({ node }) => node));
  const asked = await askAll(work, directory);
  const without = asked.filter(({ releases }) => previousOf(releases) === undefined);
  const failures = without.map(({ site: { node }, releases: { current } }) => {
    const text = current === undefined ? 'it has no release' : `it has no release before ${current}`;
    return noteFailure(work, node, new LockstepError('upload-failed', text), 'survey');
  });
  refuse(work, failures, '--releases lists what there is');
  const links = linksFor(work, undefined);
  const shipments = [...sitesByName(asked, previousOf)].map(([name = '', sites]) => ({
    sites,
    collection: currentAt(name, links),
  }));
  const wish = { keepsOwner: true, keepsGroup: true, isParanoid: false, isCompressed: false };
  await ship(work, shipments, { wish, destinationOn: () => directory });
  tellReleases(
    work,
    { directory, marks: ['current'] },
    asked.map(({ site, releases: { before, all } }) => {
      const [current, ...rest] = before;
      return { site, releases: { current, before: rest, all } };
    }),
  );
}
