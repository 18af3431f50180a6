import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/core/duration.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { often } from '../../often.ts';
import { asked } from './asked.ts';

const times = async (line: string) => {
  const words = line.split(' ').filter((word) => word !== '');
  return (await asked([...words, '-o', 'a', '-C', 'id'])).times;
};

describe('the times of a run', () => {
  it.each([
    ['', { heartbeatMs: 10_000, leaseMs: 30_000 }],
    ['--heartbeat 20', { heartbeatMs: 20_000, leaseMs: 60_000 }],
    ['--heartbeat 500ms', { heartbeatMs: 500, leaseMs: 30_000 }],
    ['-j 5000', { heartbeatMs: 4_000, leaseMs: 30_000, sendTimeoutMs: 5_000 }],
    ['-j 60000', { heartbeatMs: 10_000 }],
    ['-j 1', { heartbeatMs: 1 }],
    ['-j 5000 --heartbeat 8s', { heartbeatMs: 8_000, sendTimeoutMs: 5_000 }],
    ['--lease 22s', { leaseMs: 22_000 }],
    ['-c 0 -j 0 -z 0', { connectTimeoutMs: 604_800_000, sendTimeoutMs: 604_800_000, heartbeatMs: 10_000 }],
    ['-a 0', { keepAliveMs: 10_000 }],
    ['-j 1000 --heartbeat 5s --lease 8s', { leaseMs: 8_000 }],
  ])('follow from %j', async (line, expected) => {
    expect(await times(line)).toMatchObject(expected);
  });

  it.each([
    ['--lease 21s', /--lease 21s .* heartbeat of 10s.* within 10s.* slack of 2s/, /at least 22s/],
    [
      '-j 1000 --heartbeat 5s --lease 7s',
      /--lease 7s .* heartbeat of 5s.* within 1s.* slack of 2s/,
      /at least 8s/,
    ],
  ])(
    'L: a lease that a missed beat would end is refused with all its numbers: %s',
    async (line, message, hint) => {
      await expect(times(line)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
    },
  );

  it('always obey the law of the lease, whatever is given', async () => {
    const durationMs = fc.option(fc.integer({ min: 1, max: LIMITS.durationMsMax }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(durationMs, durationMs, durationMs, async (heartbeat, send, lease) => {
        const given = { '--heartbeat': heartbeat, '--send-timeout': send, '--lease': lease };
        const line = Object.entries(given).map(([name, value]) =>
          value === undefined ? '' : `${name} ${value}ms`,
        );
        try {
          const { heartbeatMs, leaseMs, sendTimeoutMs } = await times(line.join(' '));
          const answerMs = Math.min(heartbeatMs, sendTimeoutMs);
          expect(leaseMs).toBeGreaterThanOrEqual(heartbeatMs + answerMs + LIMITS.leaseSlackMs);
          expect(leaseMs).toBeLessThan(2 ** 31);
        } catch (error) {
          // Only a lease that was given can be too short.
          expect({ error, lease }).toMatchObject({ error: { code: 'usage' }, lease: expect.any(Number) });
        }
      }),
      { numRuns: often(40) },
    );
  });
});

describe('durations', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LIMITS.durationMsMax }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs), 's')).toBe(durationMs);
      }),
    );
  });

  it.each(['', 's', '-1s', '1 s', '1d', '1e3', '0x10', '1.', '.5', '1s2', '1S', 'Infinity', '9'.repeat(40)])(
    'are never read from %j',
    (text) => {
      expect(parseDuration(text, 's')).toBeUndefined();
    },
  );
});
