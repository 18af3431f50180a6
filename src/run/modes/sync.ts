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
  async prepare(asked, _nodes, collection) {
    if (asked.look !== undefined) (await import('../start/check-look.ts')).checkLook(asked, collection);
  },
  async work(work, asked) {
    await (await import('../sync/sync.ts')).sync(work, asked);
  },
};
