/** `--download`: brings files of every node here, into a directory for each. */
import type { HeldMode } from './mode.ts';

export const downloadMode: HeldMode<'download'> = {
  name: 'download',
  option: '--download',
  synopsis: '[--into DIR] --download PATH…',
  takes: 'paths',
  locks: 'may-share',
  changesFiles: false,
  runsCommands: false,
  async prepare({ into }, nodes) {
    await (await import('../start/check-into.ts')).checkInto(into, nodes);
  },
  async work(work, asked) {
    await (await import('../download/download.ts')).download(work, asked);
  },
};
