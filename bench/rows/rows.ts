/** All rows, in the order of their letters. */
import type { Row } from '../work.ts';
import { barriers, lockAndRelease, output, startUp, uptime } from './commands.ts';
import { delay } from './delay.ts';
import { jobs } from './jobs.ts';
import { names } from './names.ts';
import { rollout } from './rollout.ts';
import { sessions } from './sessions.ts';
import { slowNode } from './slow-node.ts';
import { largeFile, smallFiles } from './uploads.ts';

export const ROWS: readonly Row[] = [
  uptime,
  sessions,
  smallFiles,
  largeFile,
  lockAndRelease,
  output,
  startUp,
  slowNode,
  barriers,
  names,
  rollout,
  jobs,
  delay,
];
