import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../../src/core/backoff.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { nodeId } from '../../../src/core/node.ts';
import { refusalError } from '../../../src/lock/refusal.ts';
import { tryUntil } from '../../../src/lock/wait.ts';
import type { Refusal } from '../../../src/node/keeper/keeper-command.ts';
import { keeperSettings } from '../../keeper-settings.ts';

const node = { id: nodeId('root', 'web1', 22), user: 'root', host: 'web1', port: 22, given: 'web1' };
const settings = keeperSettings({ run: 'mine' });
const holder = (run: string, more = {}) => ({
  pid: 7,
  who: 'ann@ctl',
  run,
  since: '2026-11-21T09:12:40Z',
  lockPath: '/',
  reason: '',
  command: '-L',
  version: '0.1.0',
  kind: 'exclusive' as const,
  ...more,
});
const refused = (refusal: Refusal) => refusalError(node, settings, refusal);
/** As acquiring makes it: the code is the first that no waiting mends. */
function lockError(...refusals: Refusal[]) {
  const causes = refusals.map(refused);
  const first = causes.find(({ code }) => code !== 'locked' && code !== 'draining') ?? causes[0];
  return new LockstepError(first?.code ?? 'unusable', 'not taken', { causes });
}
const LOCKED: Refusal = { kind: 'locked', holders: [holder('other')] };
const MISSING: Refusal = { kind: 'error', reason: 'no such file or directory: /x' };

/** A clock that only moves when somebody waits on it, at once. */
class SteppingClock implements Clock {
  nowMs = 0;
  readonly pausesMs: number[] = [];
  onPause: () => void = () => {};
  monotonicMs = () => this.nowMs;
  wallMs = () => this.nowMs;
  after(delayMs: number, callback: () => void) {
    this.pausesMs.push(delayMs);
    let isOff = false;
    setImmediate(() => {
      this.onPause();
      if (isOff) return;
      this.nowMs += delayMs;
      callback();
    });
    return () => {
      isOff = true;
    };
  }
  afterPendingInput(callback: () => void) {
    setImmediate(callback);
  }
}

describe('the backoff', () => {
  test.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [5, 1600],
    [6, 2000],
    [1_000_000, 2000],
  ])('after %d refusals is anything up to %d ms', (refusals, mostMs) => {
    const bounds = { baseMs: 100, ceilingMs: 2000 };
    expect(backoffMs(refusals, 0, bounds)).toBe(0);
    expect(backoffMs(refusals, 1, bounds)).toBe(mostMs);
  });
});

describe('waiting', () => {
  const wait = <T>(attempt: (clock: SteppingClock) => Promise<T>, limitMs: number, random = () => 1) => {
    const clock = new SteppingClock();
    const interrupt = new AbortController();
    const told: number[] = [];
    const backoff = { baseMs: 100, ceilingMs: 1000 };
    const onWaiting = (_refusal: unknown, waitedMs: number) => void told.push(waitedMs);
    const options = { clock, random, limitMs, backoff, signal: interrupt.signal, onWaiting };
    return { clock, interrupt, told, result: tryUntil(() => attempt(clock), options) };
  };

  test('L12: tries until the lock is got, each pause at random and with a low ceiling', async () => {
    let tries = 0;
    const { clock, told, result } = wait(async () => {
      if (++tries < 7) throw lockError(LOCKED);
      return 'got it';
    }, 60_000);
    expect(await result).toBe('got it');
    expect(clock.pausesMs).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(told).toEqual([0, 100, 300, 700, 1500, 2500]);
  });

  test('ends with the refusal when its time is over, after one last try exactly then', async () => {
    const triedAtMs: number[] = [];
    const { result } = wait(async (clock) => {
      triedAtMs.push(clock.nowMs);
      throw lockError(LOCKED, { kind: 'draining', pids: [1], run: 'dead' });
    }, 1000);
    await expect(result).rejects.toMatchObject({ code: 'locked' });
    expect(triedAtMs).toEqual([0, 100, 300, 700, 1000]);
  });

  test('of no time at all is one try', async () => {
    const { clock, told, result } = wait(async () => Promise.reject(lockError(LOCKED)), 0);
    await expect(result).rejects.toMatchObject({ code: 'locked' });
    expect([clock.pausesMs, told]).toEqual([[], []]);
  });

  test.each([
    ['a node that has no such path, beside one that is locked', lockError(LOCKED, MISSING)],
    ['one machine under two names', lockError({ kind: 'locked', holders: [holder('mine')] })],
    ['a node that is gone', new LockstepError('unreachable', 'gone')],
    ['a mistake of ours', new TypeError('oops')],
  ])('is not begun for %s', async (_what, error) => {
    const { clock, result } = wait(async () => Promise.reject(error), 60_000);
    await expect(result).rejects.toBe(error);
    expect(clock.pausesMs).toEqual([]);
  });

  test('L15: ends at once when it is interrupted, without another try', async () => {
    let tries = 0;
    const { clock, interrupt, result } = wait(async () => {
      tries++;
      throw lockError(LOCKED);
    }, 60_000);
    const reason = new LockstepError('interrupted', 'ended by SIGINT');
    clock.onPause = () => interrupt.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(tries).toBe(1);
  });

  /** Nodes that one of the runs holds for a while: each try takes all of its set or nothing. */
  test('L12: runs on any overlapping sets all get their nodes, whatever the dice say', async () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(5), { minLength: 1 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        sets,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (all, dice) => {
          const holders = new Map<number, number>();
          const runs = all.map(async (set, run) => {
            const attempt = async () => {
              if (set.some((one) => holders.has(one))) throw lockError(LOCKED);
              for (const one of set) holders.set(one, run);
            };
            await wait(attempt, 3_600_000, () => dice.next().value as number).result;
            for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
            for (const one of set) {
              expect(holders.get(one)).toBe(run);
              holders.delete(one);
            }
          });
          await Promise.all(runs);
          expect(holders.size).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a refusal', () => {
  test.each<[Refusal, string, string]>([
    [
      { kind: 'locked', holders: [holder('r1', { reason: 'upgrade' })] },
      'locked',
      "can't acquire lock, lock already obtained by ann@ctl since 2026-11-21T09:12:40Z on / (run r1: -L, reason: upgrade)",
    ],
    [
      { kind: 'locked', holders: [] },
      'locked',
      "can't acquire lock, lock already obtained by another tool, or a run that has just ended",
    ],
    [
      {
        kind: 'locked',
        holders: ['r1', 'r2', 'r2', 'r3', 'r4', 'r5'].map((run) => holder(run, { kind: 'shared' })),
      },
      'locked',
      "can't acquire lock, lock already obtained by ann@ctl since 2026-11-21T09:12:40Z on / (run r1: -L, shared) and by ann@ctl since 2026-11-21T09:12:40Z on / (run r2: -L, shared) and by ann@ctl since 2026-11-21T09:12:40Z on / (run r3: -L, shared) and by 2 more",
    ],
    [
      { kind: 'draining', pids: [1, 2], run: 'r1' },
      'draining',
      "can't acquire lock of /: run r1 has ended, but left work behind: pid 1, 2",
    ],
    [MISSING, 'unusable', "can't acquire lock: no such file or directory: /x"],
  ])('%j is told in full (L13, L14)', (refusal, code, message) => {
    expect(refused(refusal)).toMatchObject({ code, message, refusal });
  });

  test('only an account that is not root is told of processes that it cannot see (L14)', () => {
    const plain = { ...node, user: 'plain' };
    const by = (sudo: boolean) =>
      refusalError(
        plain,
        { ...settings, become: sudo ? { user: 'root' } : undefined },
        { kind: 'locked', holders: [] },
      ).message;
    expect(by(false)).toContain('a process this account cannot see');
    expect(by(true)).toContain('another tool, or a run that has just ended');
  });
});
