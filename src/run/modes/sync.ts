/** `-S`: an upload, and then a sync tool on every node, all of them in step. */
import type { HeldMode } from './mode.ts';

export const syncMode: HeldMode<'sync'> = {
  name: 'sync',
  option: '-S',
  synopsis: '[-n CMD] [-g ARG]… -S (FILE…|--no-upload)',
  takes: 'files',
  locks: 'exclusive',
  changesFiles: true,
  runsCommands: true,
  async work(work, asked) {
    await (await import('../sync/sync.ts')).sync(work, asked);
  },
};
