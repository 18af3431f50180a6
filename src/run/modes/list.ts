/** `--list`: tells which nodes a call would reach, and how. */
import type { LocalMode } from './mode.ts';

export const listMode: LocalMode<'list'> = {
  name: 'list',
  option: '--list',
  synopsis: '--list',
  takes: 'nothing',
  locks: 'nothing',
  changesFiles: false,
  runsCommands: false,
  tellHere: (ways, { tell }) => tell({ type: 'list', ways }),
};
