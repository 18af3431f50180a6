/** All rows, in the order of their letters. */
import type { Row } from '../work.ts';
import { barriers, lockAndRelease, output, startUp, uptime } from './commands.ts';
import { slowNode } from './slow-node.ts';
import { largeFile, smallFiles } from './uploads.ts';

/** Needs sessions, in which one run keeps its connections for the next; they are not built, so there is nothing to measure. */
const session: Row = {
  id: 'b',
  title: 'ten commands in a session',
  sizes: () => [0],
  cases: () => [
    {
      row: 'b',
      title: 'ten commands in a session',
      nodes: 0,
      baseline: 'ten full runs',
      contenders: [],
      bars: [{ contender: 'session', quantity: 'wallMs', most: 0.25, of: 'ten full runs' }],
      notes: ['not run: lockstep has no sessions'],
    },
  ],
};

export const ROWS: readonly Row[] = [
  uptime,
  session,
  smallFiles,
  largeFile,
  lockAndRelease,
  output,
  startUp,
  slowNode,
  barriers,
];
