/** All times of a run, from the options. Pure. */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { leaseMsMin } from '../core/lock.ts';
import type { Times } from '../run/request.ts';
import { formatDuration } from './duration.ts';
import type { OptionValues } from './table.ts';

/** A heartbeat made from --send-timeout leaves a fifth of it for the way. */
const HEARTBEAT_OF_SEND_TIMEOUT = 0.8;

/** Throws LockstepError `usage`. */
export function readTimes(values: OptionValues): Times {
  const sendTimeoutMs = values['send-timeout'] ?? LIMITS.sendTimeoutMs;
  const heartbeatMs = values.heartbeat ?? defaultHeartbeatMs(values['send-timeout']);
  const leaseMs = values.lease ?? Math.max(LIMITS.leaseMs, 3 * heartbeatMs);
  checkLease({ heartbeatMs, leaseMs, sendTimeoutMs });
  return {
    connectTimeoutMs: values['conn-timeout'],
    sendTimeoutMs,
    receiveTimeoutMs: values['recv-timeout'],
    keepAliveMs: values['keep-alive'],
    heartbeatMs,
    leaseMs,
    killGraceMs: values['kill-grace'],
    barrierTimeoutMs: values['barrier-timeout'],
    rollbackGraceMs: values['rollback-grace'],
  };
}

function defaultHeartbeatMs(givenSendTimeoutMs = Number.POSITIVE_INFINITY): number {
  const heartbeatMs = Math.floor(HEARTBEAT_OF_SEND_TIMEOUT * givenSendTimeoutMs);
  return Math.max(1, Math.min(LIMITS.heartbeatMs, heartbeatMs));
}

function checkLease(times: Pick<Times, 'heartbeatMs' | 'leaseMs' | 'sendTimeoutMs'>): void {
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
