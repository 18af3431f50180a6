/** The rows of the table that are times. */

import { formatDuration } from '../../core/duration.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { OptionRow } from './option-row.ts';

const { heartbeatMs, leaseMs, killGraceMs, barrierTimeoutMs, rollbackGraceMs } = LIMITS;

/** Common to the rows of all times. */
export const TIME = {
  argument: 'TIME',
  kind: 'time',
  min: 1,
  max: LIMITS.durationMsMax,
  isAdded: true,
} as const;
/** For orgalorg's timeouts: there 0 means none, and here everything ends some day. */
const MS = {
  argument: 'MS',
  kind: 'ms',
  min: 1,
  max: LIMITS.durationMsMax,
  zero: LIMITS.durationMsMax,
} as const;

export const TIMES = [
  {
    long: 'timeout',
    field: 'work.timeoutMs',
    of: 'checks',
    elsewhere: 'nothing else runs commands that could take too long',
    ...TIME,
    help: 'a command that takes longer is ended on its node',
  },
  // Their defaults follow from other times.
  {
    long: 'heartbeat',
    ...TIME,
    help: `time between proofs of the lock (default ${formatDuration(heartbeatMs)})`,
  },
  {
    long: 'lease',
    ...TIME,
    help: `silence after which a node ends work (default ${formatDuration(leaseMs)})`,
  },
  {
    long: 'kill-grace',
    field: 'times.killGraceMs',
    ...TIME,
    min: 0,
    default: killGraceMs,
    help: 'time between TERM and KILL',
  },
  {
    long: 'barrier-timeout',
    field: 'times.barrierTimeoutMs',
    ...TIME,
    default: barrierTimeoutMs,
    help: 'time for a SYNC that never comes',
  },
  {
    long: 'rollback-grace',
    field: 'times.rollbackGraceMs',
    ...TIME,
    min: 0,
    default: rollbackGraceMs,
    help: 'time for tools to undo a failure',
  },
  {
    short: 'c',
    long: 'conn-timeout',
    field: 'times.connectTimeoutMs',
    ...MS,
    called: 'connection timeout',
    help: `ms for name and TCP, without login (default ${LIMITS.connectTimeoutMs})`,
  },
  // Whether the user gives it decides on the heartbeat.
  {
    short: 'j',
    long: 'send-timeout',
    ...MS,
    called: 'send timeout',
    help: `ms to send (default ${LIMITS.sendTimeoutMs})`,
  },
  {
    short: 'z',
    long: 'recv-timeout',
    field: 'times.receiveTimeoutMs',
    ...MS,
    default: LIMITS.receiveTimeoutMs,
    called: 'receive timeout',
    help: 'ms to receive',
  },
  {
    short: 'a',
    long: 'keep-alive',
    field: 'times.keepAliveMs',
    ...MS,
    zero: LIMITS.keepAliveMs,
    default: LIMITS.keepAliveMs,
    called: 'keep alive time',
    help: 'ms between TCP probes',
  },
] as const satisfies readonly OptionRow[];
