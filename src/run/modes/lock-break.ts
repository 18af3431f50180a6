/** `--lock-break`: ends one run, by its exact id, and its work on the nodes. */
import { LockstepError } from '../../core/errors.ts';
import type { InquiryMode } from './mode.ts';

export const lockBreakMode: InquiryMode<'lock-break'> = {
  name: 'lock-break',
  option: '--lock-break',
  synopsis: '--lock-break RUN [--yes]',
  takes: 'nothing',
  locks: 'nothing',
  changesFiles: false,
  runsCommands: false,
  ready({ isConfirmed }, { ask }) {
    if (!isConfirmed && ask === undefined) throw NOBODY_TO_ASK();
  },
  async inquire(connections, run, asked) {
    await (await import('../inquiry/lock-break.ts')).breakLock(connections, asked, run);
  },
};

const NOBODY_TO_ASK = () =>
  new LockstepError('usage', '--lock-break asks before it acts, and there is no terminal to ask on', {
    hint: 'check the run id with --lock-status, then give --yes',
  });
