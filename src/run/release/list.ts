/** `--releases`: which releases there are, and which of them is current. */
import type { HeldRun } from '../held-run.ts';
import { refuse } from '../upload/refuse.ts';
import { tryAll } from './ask.ts';
import { tellReleases } from './tell.ts';

export async function listReleases(work: HeldRun, directory: string): Promise<void> {
  const { asked, failures } = await tryAll(work, directory);
  for (const { site } of asked) work.outcomes.settle(site.node, { kind: 'ok' });
  tellReleases(work, { directory }, asked);
  refuse(work, failures);
}
