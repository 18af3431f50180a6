/** All modes. A new one is a file here, a row below, and its work in the schema of requests. */
import type { Collection } from '../../transfer/entry.ts';
import type { Mode as ModeName, WorkOf, WorkRequest } from '../request/request.ts';
import { commandMode } from './command.ts';
import { downloadMode } from './download.ts';
import { listMode } from './list.ts';
import { lockMode } from './lock.ts';
import { lockBreakMode } from './lock-break.ts';
import { lockStatusMode } from './lock-status.ts';
import type { AnyMode } from './mode.ts';
import { releasesMode } from './releases.ts';
import { rollbackMode } from './rollback.ts';
import { syncMode } from './sync.ts';
import { uploadMode } from './upload.ts';

export const MODES: { readonly [M in ModeName]: AnyMode<M> } = {
  command: commandMode,
  upload: uploadMode,
  sync: syncMode,
  download: downloadMode,
  rollback: rollbackMode,
  releases: releasesMode,
  lock: lockMode,
  'lock-status': lockStatusMode,
  'lock-break': lockBreakMode,
  list: listMode,
};

/** The mode of a work. */
export function modeOf<M extends ModeName>(asked: WorkOf<M>): AnyMode<M> {
  return MODES[asked.mode as M];
}

/** How many workers on each node begin as soon as its lock is held. */
export async function channelsAhead(asked: WorkRequest, collection: Collection | undefined): Promise<number> {
  const mode = modeOf(asked);
  return 'work' in mode ? ((await mode.channelsAhead?.(asked, collection)) ?? 0) : 0;
}
