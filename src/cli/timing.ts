/** The times of a run that follow from each other. Pure. */

import { formatDuration } from '../core/duration.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { leaseMsMin } from '../core/lock.ts';
import type { Times } from '../run/request/request.ts';
import type { OptionValues } from './table/option-values.ts';

/** A heartbeat made from --send-timeout leaves a fifth of it for the way. */
const HEARTBEAT_OF_SEND_TIMEOUT = 0.8;

type LeaseTimes = Pick<Times, 'heartbeatMs' | 'leaseMs' | 'sendTimeoutMs'>;

/** Throws LockstepError `usage`. */
export function readTimes(values: OptionValues): LeaseTimes {
  const sendTimeoutMs = values['send-timeout'] ?? LIMITS.sendTimeoutMs;
  const heartbeatMs = values.heartbeat ?? defaultHeartbeatMs(values['send-timeout']);
  const leaseMs = values.lease ?? Math.max(LIMITS.leaseMs, 3 * heartbeatMs);
  checkLease({ heartbeatMs, leaseMs, sendTimeoutMs });
  return { sendTimeoutMs, heartbeatMs, leaseMs };
}

function defaultHeartbeatMs(givenSendTimeoutMs = Number.POSITIVE_INFINITY): number {
  const heartbeatMs = Math.floor(HEARTBEAT_OF_SEND_TIMEOUT * givenSendTimeoutMs);
  return Math.max(1, Math.min(LIMITS.heartbeatMs, heartbeatMs));
}

function checkLease(times: LeaseTimes): void {
  const leaseMin = leaseMsMin(times);
  if (times.leaseMs >= leaseMin) return;
  const answerMs = Math.min(times.heartbeatMs, times.sendTimeoutMs);
  const [heartbeat, answer, slack] = [times.heartbeatMs, answerMs, LIMITS.leaseSlackMs].map(formatDuration);
  throw new LockstepError(
    'usage',
    `--lease ${formatDuration(times.leaseMs)} is too short: it must cover a heartbeat of ${heartbeat}, its answer within ${answer} and a slack of ${slack}`,
    { hint: `give a --lease of at least ${formatDuration(leaseMin)}, or a shorter --heartbeat` },
  );
}
