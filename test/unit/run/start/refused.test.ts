import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { LockKind, SeenHolder } from '../../../../src/core/lock.ts';
import { refusalError } from '../../../../src/lock/refusal.ts';
import type { Refusal } from '../../../../src/node/keeper/keeper-command.ts';
import { blockersOf, refusedLock } from '../../../../src/run/start/refused.ts';
import { keeperSettings } from '../../../keeper-settings.ts';
import { nodeAt } from '../fixtures.ts';
import { FREE, HastyClock, holderLine, speakingNodes } from '../speaking-nodes.ts';

const NODES = ['a', 'b', 'c', 'd'].map((host) => nodeAt(host));
const SETTINGS = keeperSettings({ run: 'mine', since: 'then', version: '9' }, { token: 'secret' });
const holder = (run: string, kind: LockKind = 'exclusive'): SeenHolder => {
  const of = { run, who: 'bob@ctl', since: 'then', lockPath: '/', reason: '', command: '-L' };
  return { ...of, version: '1', kind, pid: 7 };
};
const locked = (...runs: string[]): Refusal => ({ kind: 'locked', holders: runs.map((run) => holder(run)) });
const DRAINING: Refusal = { kind: 'draining', run: 'old', pids: [12] };
const BROKEN: Refusal = { kind: 'error', reason: 'no flock' };
const refusalOf = (...said: readonly (readonly [host: string, refusal: Refusal])[]) => {
  const causes = said.map(([host, refusal]) => refusalError(nodeAt(host), SETTINGS, refusal));
  return new LockstepError('locked', 'not taken', { causes, hint: 'a hint' });
};

describe('why a lock is waited for', () => {
  test.each<[what: string, said: (readonly [string, Refusal])[], told: [string, string][]]>([
    ['nobody', [], []],
    [
      'one holder on one node',
      [['a', locked('r1')]],
      [['held by bob@ctl since then on / (run r1: -L)', 'a']],
    ],
    [
      'the same holder on two nodes is told once',
      [
        ['a', locked('r1')],
        ['b', locked('r1')],
      ],
      [['held by bob@ctl since then on / (run r1: -L)', 'ab']],
    ],
    [
      'two holders are told apart',
      [
        ['a', locked('r1')],
        ['b', locked('r2')],
      ],
      [
        ['held by bob@ctl since then on / (run r1: -L)', 'a'],
        ['held by bob@ctl since then on / (run r2: -L)', 'b'],
      ],
    ],
    [
      'somebody whom even root cannot see',
      [['a', locked()]],
      [['held by another tool, or a run that has just ended', 'a']],
    ],
    ['work that is left', [['c', DRAINING]], [['with work left behind by run old', 'c']]],
    [
      'a node that cannot be worked on is nobody’s lock',
      [
        ['a', BROKEN],
        ['b', DRAINING],
      ],
      [['with work left behind by run old', 'b']],
    ],
  ])('%s', (_what, said, told) => {
    const blockers = blockersOf(refusalOf(...said));
    expect(blockers.map(({ text, nodes }) => [text, nodes.map(({ host }) => host).join('')])).toEqual(told);
  });

  test('the holders are there for a program to read, and none where there is only work', () => {
    const [one, other] = blockersOf(refusalOf(['a', locked('r1', 'r2')], ['b', DRAINING]));
    expect(one?.holders.map(({ run }) => run)).toEqual(['r1', 'r2']);
    expect(other?.holders).toEqual([]);
  });

  test('another account sees less, and is told so', () => {
    const error = refusalError(nodeAt('a', 'ann'), SETTINGS, locked());
    const [blocker] = blockersOf(new LockstepError('locked', '', { causes: [error, new Error('noise')] }));
    expect(blocker?.text).toBe('held by a process this account cannot see');
  });
});

describe('the error of a lock that others hold', () => {
  const [a] = NODES;

  /** Node a has refused; the others are looked at, and show this. */
  async function refused(
    shown: Record<string, readonly string[]>,
    { limitMs = 0, kind = 'exclusive' as LockKind } = {},
  ) {
    const { connections, asked } = speakingNodes(NODES, ({ host }) => shown[host] ?? FREE);
    const settings = { ...SETTINGS, record: { ...SETTINGS.record, kind } };
    const error = await refusedLock(refusalOf(['a', locked('r1')]), connections, {
      settings,
      clock: new HastyClock(),
      limitMs,
    });
    return {
      error,
      asked,
      causes: (error.causes as LockstepError[]).map(({ node, message }) => `${node?.id} ${message}`),
    };
  }

  test('looks at each node that has not been asked, and takes nothing there', async () => {
    const { asked, error } = await refused({});
    expect(asked.map(({ host, name }) => `${host} ${name}`)).toEqual([
      'b lockstep-status',
      'c lockstep-status',
      'd lockstep-status',
    ]);
    expect(error.message).toBe('the global lock was not taken: it is not free on 1 of 4 nodes');
    expect(error.causes).toMatchObject([{ node: a, code: 'locked' }]);
  });

  test('all of it is seen at once: holders, and what was left behind', async () => {
    const { causes, error } = await refused({
      b: [holderLine({ run: 'r2' })],
      d: ['ORPHAN 12 old', ...FREE],
    });
    expect(error.message).toBe('the global lock was not taken: it is not free on 3 of 4 nodes');
    expect(causes).toEqual([
      expect.stringMatching(/^\[root@a:22\] can't acquire lock, lock already obtained by bob@ctl .*run r1/),
      expect.stringMatching(/^\[root@b:22\] can't acquire lock, lock already obtained by bob@ctl .*run r2/),
      expect.stringMatching(
        /^\[root@d:22\] can't acquire lock of \/: run old has ended, but left work behind: pid 12/,
      ),
    ]);
  });

  test('says how long it was waited for', async () => {
    expect((await refused({}, { limitMs: 2_500 })).error.message).toMatch(/was not taken within 2.5 s: it/);
  });

  test.each([
    ['exclusive', 2],
    ['shared', 1],
  ] as const)('readers hold off a writer, and no other reader: %s', async (kind, count) => {
    const { error } = await refused({ b: [holderLine({ kind: 's' })] }, { kind });
    expect(error.message).toContain(`not free on ${count} of 4 nodes`);
  });

  test('a writer holds off a reader', async () => {
    const { error } = await refused({ b: [holderLine({ kind: 'x' })] }, { kind: 'shared' });
    expect(error.message).toContain('not free on 2 of 4 nodes');
  });

  test('a node that does not answer is no reason: that it was refused is known without it', async () => {
    const { error, causes } = await refused({ b: [], c: [] });
    expect(error).toMatchObject({ code: 'locked', exitCode: 75, hint: 'a hint' });
    expect(causes.length).toBe(1);
  });

  test('code and hint are those of the refusal', async () => {
    const { connections } = speakingNodes(NODES, () => FREE);
    const causes = [refusalError(nodeAt('a'), SETTINGS, DRAINING)];
    const lock = { settings: SETTINGS, clock: new HastyClock(), limitMs: 0 };
    const error = await refusedLock(new LockstepError('draining', 'x', { causes }), connections, lock);
    expect(error).toMatchObject({
      code: 'draining',
      exitCode: 75,
      hint: expect.stringContaining('earlier run'),
    });
  });

  test('a node that is left out is told, and not counted among the locked', async () => {
    const { connections } = speakingNodes(NODES, () => FREE);
    const lock = { settings: SETTINGS, clock: new HastyClock(), limitMs: 0 };
    const error = await refusedLock(refusalOf(['a', BROKEN], ['b', locked('r1')]), connections, lock);
    expect(error.message).toContain('not free on 1 of 4 nodes');
    expect(error.causes.length).toBe(2);
  });
});
