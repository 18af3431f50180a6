/** All times of a run, from the options. Pure. */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { leaseMsMin } from '../core/lock.ts';
import type { Times } from '../run/request.ts';
import { quoteInput } from '../text/quote-input.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { OptionName, OptionValues } from './table.ts';

/** A heartbeat made from --send-timeout leaves a fifth of it for the way. */
const HEARTBEAT_OF_SEND_TIMEOUT = 0.8;

/** Throws LockstepError `usage`. Checked in orgalorg's order: connection, send, receive, keep alive. */
export function readTimes(values: OptionValues): Times {
  const connectTimeoutMs =
    readNetworkTime(values, 'conn-timeout', 'connection timeout') ?? LIMITS.connectTimeoutMs;
  const givenSendTimeoutMs = readNetworkTime(values, 'send-timeout', 'send timeout');
  const receiveTimeoutMs =
    readNetworkTime(values, 'recv-timeout', 'receive timeout') ?? LIMITS.receiveTimeoutMs;
  const keepAliveMs = readNetworkTime(values, 'keep-alive', 'keep alive time') ?? LIMITS.keepAliveMs;

  const sendTimeoutMs = givenSendTimeoutMs ?? LIMITS.sendTimeoutMs;
  const heartbeatMs = readTime(values, 'heartbeat', 1) ?? defaultHeartbeatMs(givenSendTimeoutMs);
  const leaseMs = readTime(values, 'lease', 1) ?? Math.max(LIMITS.leaseMs, 3 * heartbeatMs);
  checkLease({ heartbeatMs, leaseMs, sendTimeoutMs });

  return {
    connectTimeoutMs,
    sendTimeoutMs,
    receiveTimeoutMs,
    keepAliveMs,
    heartbeatMs,
    leaseMs,
    killGraceMs: readTime(values, 'kill-grace', 0) ?? LIMITS.killGraceMs,
    barrierTimeoutMs: readTime(values, 'barrier-timeout', 1) ?? LIMITS.barrierTimeoutMs,
    rollbackGraceMs: readTime(values, 'rollback-grace', 0) ?? LIMITS.rollbackGraceMs,
  };
}

/** `--lock-wait`: so long a lock that others hold is waited for. */
export function readLockWaitMs(values: OptionValues): number {
  return readTime(values, 'lock-wait', 0) ?? 0;
}

/** `--timeout`; undefined: a command may take as long as it wants. */
export function readTimeoutMs(values: OptionValues): number | undefined {
  return readTime(values, 'timeout', 1);
}

function defaultHeartbeatMs(givenSendTimeoutMs: number | undefined): number {
  if (givenSendTimeoutMs === undefined) return LIMITS.heartbeatMs;
  return Math.max(
    1,
    Math.min(LIMITS.heartbeatMs, Math.floor(HEARTBEAT_OF_SEND_TIMEOUT * givenSendTimeoutMs)),
  );
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

/**
 * orgalorg's timeouts: a bare number counts milliseconds, and 0 means that there is none; here everything ends some day.
 * Its words for a value that is none.
 */
function readNetworkTime(values: OptionValues, name: TimeOption, called: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const timeMs = parseDuration(text, 'ms');
  if (timeMs === 0) return name === 'keep-alive' ? LIMITS.keepAliveMs : LIMITS.durationMsMax;
  if (timeMs !== undefined) return withinBounds({ name, text, timeMs, timeMsMin: 1 });
  throw new LockstepError('usage', `can't convert specified ${called} to number: ${quoteInput(text)}`, {
    hint: `--${name} takes milliseconds, as in --${name} 10000, or a time with a unit, as in 10s`,
  });
}

function readTime(values: OptionValues, name: TimeOption, timeMsMin: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const timeMs = parseDuration(text, 's');
  if (timeMs !== undefined) return withinBounds({ name, text, timeMs, timeMsMin });
  throw new LockstepError('usage', `--${name} takes a time, not ${quoteInput(text)}`, {
    hint: 'write 500ms, 10s, 2m, 1h, or a number of seconds',
  });
}

type TimeOption = {
  [Name in OptionName]: OptionValues[Name] extends string | undefined ? Name : never;
}[OptionName];

function withinBounds(given: { name: TimeOption; text: string; timeMs: number; timeMsMin: number }): number {
  if (given.timeMs >= given.timeMsMin && given.timeMs <= LIMITS.durationMsMax) return given.timeMs;
  throw new LockstepError('usage', `--${given.name} ${quoteInput(given.text)} is out of bounds`, {
    hint: `it goes from ${given.timeMsMin}ms to ${formatDuration(LIMITS.durationMsMax)}`,
  });
}
