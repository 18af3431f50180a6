/** `--lock-status`: tells for every node who holds the lock, and takes none. */
import type { InquiryMode } from './mode.ts';

export const lockStatusMode: InquiryMode<'lock-status'> = {
  name: 'lock-status',
  option: '--lock-status',
  synopsis: '--lock-status',
  takes: 'nothing',
  locks: 'nothing',
  changesFiles: false,
  runsCommands: false,
  async inquire(connections, run) {
    await (await import('../inquiry/lock-status.ts')).tellLockStatus(connections, run);
  },
};
