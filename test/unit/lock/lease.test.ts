import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasClockJumped, type LeaseTiming, leaseDeadlineMs } from '../../../src/lock/lease.ts';

const timing: LeaseTiming = {
  heartbeatMs: 10_000,
  answerMs: 10_000,
  leaseMs: 30_000,
  slackMs: 2_000,
  clockJumpMs: 5_000,
};

test('L2: the controller stops before the keeper can free the lock, however long a beat was on its way', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(60_000), (sentAtMs, wayMs) => {
      const freedAtMs = sentAtMs + wayMs + timing.leaseMs;
      expect(leaseDeadlineMs(sentAtMs, timing)).toBeLessThan(freedAtMs);
    }),
  );
});

test.each([
  ['time passes alike on both clocks', 600_000, 600_000, false],
  ['a small drift is no jump', 60_000, 61_000, false],
  ['L10: the machine slept for ten minutes', 1_000, 601_000, true],
  ['L10: the wall clock was set back an hour', 1_000, -3_600_000, true],
])('%s', (_title, monotonicMs, wallMs, jumped) => {
  expect(hasClockJumped({ monotonicMs: 0, wallMs: 0 }, { monotonicMs, wallMs }, timing)).toBe(jumped);
});
