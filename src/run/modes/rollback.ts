/** `--rollback`: every node goes back to its release before, or none does. */
import type { HeldMode } from './mode.ts';

export const rollbackMode: HeldMode<'rollback'> = {
  name: 'rollback',
  option: '--rollback',
  synopsis: '-r DIR --rollback',
  takes: 'nothing',
  locks: 'exclusive',
  changesFiles: false,
  runsCommands: false,
  async work(work, { directory }) {
    await (await import('../release/rollback.ts')).rollBack(work, directory);
  },
};
