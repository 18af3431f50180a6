/** `--releases`: tells which releases the nodes have, and which of them is current. */
import type { HeldMode } from './mode.ts';

export const releasesMode: HeldMode<'releases'> = {
  name: 'releases',
  option: '--releases',
  synopsis: '-r DIR --releases',
  takes: 'nothing',
  locks: 'may-share',
  changesFiles: false,
  runsCommands: false,
  async work(work, { directory }) {
    await (await import('../release/list.ts')).listReleases(work, directory);
  },
};
