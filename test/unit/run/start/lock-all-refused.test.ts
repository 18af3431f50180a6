import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { lockPath } from '../../../../src/run/request/work.ts';
import { leaseTiming } from '../../../../src/run/start/lock-all.ts';
import { endedBy, requestFor } from '../fixtures.ts';
import { ACQUIRED, FREE } from '../speaking-nodes.ts';

import { type Answer, DRAINING, LOCKED, locking, NO_FLOCK, NODES, type Options } from './locking.ts';

describe('how it goes', () => {
  test('all nodes are locked, in the order of the targets, and each is told', async () => {
    const { keepers, ear } = await locking(() => ACQUIRED);
    expect(keepers).toEqual(['a', 'b', 'c']);
    expect(ear.of('phase')).toEqual([{ type: 'phase', phase: 'lock', nodes: 3 }]);
    expect(ear.of('node-done').map(({ node }) => node.host)).toEqual(['a', 'b', 'c']);
    expect(ear.logs()).toEqual(['debug: global lock acquired on 3 nodes']);
    expect(ear.of('node-begun').map(({ node }) => node.host)).toEqual(['a', 'b', 'c']);
    expect(ear.of('node-done')[1]).toMatchObject({ node: { host: 'b' }, lockPath: '/' });
  });

  test('-y: it is not called a lock', async () => {
    const { ear } = await locking(() => ACQUIRED, { lock: { kind: 'none' } });
    expect(ear.logs()).toEqual(['debug: connection established to 3 nodes']);
  });

  const unusableB: Answer = ({ host }) => (host === 'b' ? NO_FLOCK : ACQUIRED);
  const lockedB: Answer = ({ host, name }) =>
    name === 'lockstep-status' ? FREE : host === 'b' ? LOCKED : ACQUIRED;

  test.each<[what: string, answer: Answer, given: Options, code: string, keepers: string]>([
    ['a lock that others hold', lockedB, {}, 'locked', ''],
    ['work that is left', ({ host }) => (host === 'a' ? DRAINING : FREE), {}, 'draining', ''],
    ['a node without flock', unusableB, {}, 'unusable', ''],
    ['a node without flock, -w', unusableB, { connect: { mayLeaveOut: true } }, 'none', 'ac'],
    ['a lock that others hold, -w', lockedB, { connect: { mayLeaveOut: true } }, 'locked', ''],
    ['a lock that others hold, -t', lockedB, { lock: { mayGoWithout: true } }, 'none', 'abc'],
    ['nodes that all lack flock, -w', () => NO_FLOCK, { connect: { mayLeaveOut: true } }, 'unusable', ''],
  ])('%s: %s', async (_what, answer, given, code, expected) => {
    // With -t a refused node is asked for a leash.
    const answers: Answer = (question) => (question.words[7] === 'n' ? ACQUIRED : answer(question));
    const { error, keepers } = await locking(answers, given);
    expect([error instanceof LockstepError ? error.code : 'none', keepers.join('')]).toEqual([
      code,
      expected,
    ]);
  });

  test('-w: who is left out is told once, even where the lock is tried again', async () => {
    const { leftOut, keepers, asked } = await locking(
      ({ host, name, time }) => {
        if (name !== 'lockstep-keeper') return FREE;
        if (host === 'a') return NO_FLOCK;
        return host === 'b' && time < 3 ? LOCKED : ACQUIRED;
      },
      { connect: { mayLeaveOut: true }, lock: { waitMs: 60_000 } },
    );
    expect(keepers).toEqual(['b', 'c']);
    expect(leftOut).toEqual(['a']);
    expect(asked.filter(({ host, words }) => host === 'c' && words[7] === 'x').length).toBe(1);
  });

  test.each([
    [false, 'warn'],
    [true, 'error'],
  ] as const)('-t: work without a lock is never silent (-q: %s)', async (quiet, level) => {
    const { ear } = await locking(
      ({ host, words }) => (host === 'b' && words[7] === 'x' ? LOCKED : ACQUIRED),
      { lock: { mayGoWithout: true }, show: { quiet } },
    );
    const told = ear.of('log').filter((log) => log.level === level);
    expect(told).toEqual([
      expect.objectContaining({
        node: NODES[1],
        message: expect.stringContaining('lock already obtained by bob@ctl'),
      }),
    ]);
    expect(ear.of('node-failed').map(({ node }) => node.host)).toEqual(['b']);
  });
});

describe('--lock-wait', () => {
  test('L: it is tried until the lock is free, and told that it is waited for, and by whom it is held', async () => {
    const { keepers, ear, asked } = await locking(
      ({ host, time }) => (host === 'a' && time < 4 ? LOCKED : ACQUIRED),
      {
        lock: { waitMs: 60_000 },
      },
    );
    expect(keepers).toEqual(['a', 'b', 'c']);
    const waits = ear.of('lock-wait');
    expect(waits.length).toBe(3);
    expect(waits[0]).toMatchObject({ limitMs: 60_000, blockers: [{ nodes: [NODES[0]] }] });
    expect(waits[0]?.blockers[0]?.text).toMatch(/^held by bob@ctl since /);
    expect(waits.map(({ waitedMs }) => waitedMs)).toEqual(
      [...waits.map(({ waitedMs }) => waitedMs)].sort((x, y) => x - y),
    );
    expect(asked.filter(({ host }) => host === 'a').length).toBe(4);
    // Each try is as old as its own lock.
    const since = asked.filter(({ host }) => host === 'a').map(({ words }) => words[2]);
    expect(since[0]).toBe('2026-01-01T00:00:00Z');
    expect((since[3] ?? '') >= (since[0] ?? '')).toBe(true);
    // What was told before the wait is told anew: now it is true of all.
    expect(ear.of('phase').length).toBe(2);
    expect(
      ear
        .of('node-done')
        .slice(-3)
        .map(({ node }) => node.host),
    ).toEqual(['a', 'b', 'c']);
  });

  test('at its end the refusal is the run’s, and says how long it was waited for', async () => {
    const { error, clock } = await locking(({ name }) => (name === 'lockstep-status' ? FREE : LOCKED), {
      lock: { waitMs: 5_000 },
    });
    expect(error).toMatchObject({ code: 'locked', exitCode: 75 });
    expect(error?.message).toBe('the global lock was not taken within 5 s: it is not free on 1 of 3 nodes');
    expect(clock.nowMs).toBeGreaterThanOrEqual(5_000);
  });

  test('what time cannot mend is not waited for', async () => {
    const { error, ear } = await locking(() => NO_FLOCK, { lock: { waitMs: 60_000 } });
    expect(error).toMatchObject({ code: 'unusable' });
    expect(ear.of('lock-wait')).toEqual([]);
  });

  test('a user ends the wait at once', async () => {
    const abort = new AbortController();
    const reason = endedBy('Ctrl-C');
    const { error, clock } = await locking(
      ({ time }) => {
        if (time === 2) abort.abort(reason);
        return LOCKED;
      },
      { lock: { waitMs: 3_600_000 }, signal: abort.signal },
    );
    expect(error).toBe(reason);
    expect(clock.nowMs).toBeLessThan(3_600_000);
  });
});

test.each([
  [undefined, '/'],
  ['/', '/'],
  ['/srv/', '/srv'],
  ['srv//', 'srv'],
])('the path of the lock, of -r or --lock-file %s, is %s', (path, expected) => {
  expect(lockPath(requestFor({ lock: path === undefined ? {} : { path } }))).toBe(expected);
});

test('a node is waited for no longer than a beat, nor than a send may take', () => {
  const times = requestFor({ times: { heartbeatMs: 4_000, sendTimeoutMs: 9_000, leaseMs: 30_000 } }).times;
  expect(leaseTiming(times)).toMatchObject({ heartbeatMs: 4_000, answerMs: 4_000, leaseMs: 30_000 });
  expect(leaseTiming({ ...times, sendTimeoutMs: 1_000 }).answerMs).toBe(1_000);
});
