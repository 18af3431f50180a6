/** `-L`: holds the lock while a local program runs, or until somebody ends it. */
import { checkProgram } from '../hold/check-program.ts';
import type { HeldMode } from './mode.ts';

export const lockMode: HeldMode<'lock'> = {
  name: 'lock',
  option: '-L',
  synopsis: '-L [[--] PROGRAM [ARG…]]',
  takes: 'program',
  locks: 'may-share',
  changesFiles: false,
  runsCommands: false,
  ready: ({ program }, here) => checkProgram(program, here.environment),
  async work(work, asked) {
    await (await import('../hold/hold.ts')).holdLock(work, asked);
  },
};
