import { describe, expect, test } from 'vitest';
import type { LockstepError } from '../../../../src/core/errors.ts';
import { breakLock } from '../../../../src/run/inquiry/lock-break.ts';
import { tellLockStatus } from '../../../../src/run/inquiry/lock-status.ts';
import { viewLocks } from '../../../../src/run/inquiry/view-locks.ts';
import { endedBy, nodeAt, runFor } from '../fixtures.ts';
import { FREE, HastyClock, holderLine, type Question, speakingNodes } from '../speaking-nodes.ts';

const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
const IDENTITY = { run: 'mine', who: 'ann@ctl', since: 'then', version: '9', token: 'secret' };
type Answer = (question: Question) => readonly string[];
type Given = Parameters<typeof runFor>[0] & { readonly here?: object };

function looking(answer: Answer, { here = {}, ...given }: Given = {}) {
  const { connections, asked } = speakingNodes(NODES, answer);
  const run = {
    ...runFor(given, NODES, { clock: new HastyClock(), ...here }),
    identity: IDENTITY,
    become: undefined,
  };
  return { connections, asked, run };
}

describe('--lock-status', () => {
  async function status(answer: Answer, given: Given = {}) {
    const { connections, asked, run } = looking(answer, given);
    const error = await tellLockStatus(connections, run).then(
      () => undefined,
      (thrown: LockstepError) => thrown,
    );
    return { error, asked, run, told: run.ear.of('lock-status') };
  }

  test('tells of every node who holds the lock, in the order of the targets', async () => {
    const { told, error, run } = await status(({ host }) =>
      host === 'b' ? [holderLine({ run: 'r1' }), ...FREE] : FREE,
    );
    expect(error).toBeUndefined();
    expect(
      told[0]?.views.map(({ node, holders }) => [node.host, holders.map((holder) => holder.run)]),
    ).toEqual([
      ['a', []],
      ['b', ['r1']],
      ['c', []],
    ]);
    expect([...run.outcomes.values()]).toEqual([{ kind: 'ok' }, { kind: 'ok' }, { kind: 'ok' }]);
  });

  test.each([
    [{}, '/'],
    [{ path: '/srv/app/' }, '/srv/app'],
  ])('asks for the path that is meant: %j', async (lock, path) => {
    const { asked, told } = await status(() => FREE, { lock });
    expect(asked.map(({ name, words }) => [name, ...words])).toEqual(
      NODES.map(() => ['lockstep-status', path]),
    );
    expect(told[0]?.lockPath).toBe(path);
  });

  test.each<[what: string, silent: string, mayLeaveOut: boolean, code: string | undefined]>([
    ['all answer', '', false, undefined],
    ['one does not', 'b', false, 'no-answer'],
    ['one does not, with -w', 'b', true, undefined],
    ['none does, with -w', 'abc', true, 'no-answer'],
  ])('%s', async (_what, silent, mayLeaveOut, code) => {
    const { error, told, run } = await status(({ host }) => (silent.includes(host) ? [] : FREE), {
      connect: { mayLeaveOut },
    });
    expect(error?.code).toBe(code);
    // What is known is told in any case.
    expect(told[0]?.views.length).toBe(3 - silent.length);
    for (const node of NODES) {
      expect(run.outcomes.get(node)?.kind).toBe(silent.includes(node.host) ? 'refused' : 'ok');
    }
  });

  test('an abort ends the look at once', async () => {
    const { connections, run } = looking(() => FREE, {
      here: { signal: AbortSignal.abort(endedBy('Ctrl-C')) },
    });
    await expect(viewLocks(connections, '/', run)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('--lock-break', () => {
  const held =
    (run: string): Answer =>
    ({ name, host }) => {
      if (name !== 'lockstep-status') return ['BROKEN'];
      return host === 'b' ? FREE : [holderLine({ run }), 'FLOCK held 7'];
    };

  async function breaking(
    answer: Answer,
    { isConfirmed = true, answers = undefined as boolean | undefined } = {},
  ) {
    const questions: string[] = [];
    const ask =
      answers === undefined
        ? undefined
        : { secret: async () => '', confirm: async (text: string) => questions.push(text) > 0 && answers };
    const { connections, asked, run } = looking(answer, { here: { ask } });
    const error = await breakLock(connections, { mode: 'lock-break', run: 'r1', isConfirmed }, run).then(
      () => undefined,
      (thrown: LockstepError) => thrown,
    );
    const broken = asked.filter(({ name }) => name !== 'lockstep-status').map(({ host }) => host);
    return { error, broken, run, asked, questions };
  }

  test('ends the run where it holds a lock, and touches no other node', async () => {
    const { broken, error, run } = await breaking(held('r1'));
    expect(error).toBeUndefined();
    expect(broken).toEqual(['a', 'c']);
    expect(run.ear.logs()).toContain('info: run r1 is ended, and its lock broken, on 2 of 2 nodes');
  });

  test('looks from the root, whatever path the run has locked', async () => {
    const { asked } = await breaking(held('r1'));
    expect(asked.filter(({ name }) => name === 'lockstep-status').map(({ words }) => words)).toEqual([
      ['/'],
      ['/'],
      ['/'],
    ]);
  });

  test.each<[what: string, shown: readonly string[], isIts: boolean]>([
    ['its own lock', [holderLine({ run: 'r1' })], true],
    ['that of a call below it', [holderLine({ run: 'r1.7' })], true],
    ['work that it left', ['ORPHAN 12 r1', ...FREE], true],
    ['work that a call below it left', ['ORPHAN 12 r1.2', ...FREE], true],
    ['a run whose name only begins so', [holderLine({ run: 'r12' })], false],
    ['a run that it is below of', [holderLine({ run: 'r' })], false],
    ['work of another', ['ORPHAN 12 r2', ...FREE], false],
    ['nothing', FREE, false],
  ])('by its exact id: %s is its: %s', async (_what, shown, isIts) => {
    const { broken, error } = await breaking(({ name }) => (name === 'lockstep-status' ? shown : ['BROKEN']));
    expect(broken).toEqual(isIts ? ['a', 'b', 'c'] : []);
    if (!isIts) expect(error).toMatchObject({ code: 'not-broken', exitCode: 1 });
  });

  test('of a run that is not there names who holds the lock instead, each once', async () => {
    const { error, broken } = await breaking(held('r9'));
    expect(broken).toEqual([]);
    expect(error?.message).toBe('run r1 holds no lock and has left no work on these nodes');
    expect(error?.causes).toEqual([expect.stringMatching(/^a lock is held by bob@ctl .*run r9/)]);
  });

  test.each([
    [true, ['a', 'c']],
    [false, []],
  ])('asks first, and does what is answered: %s', async (answers, hosts) => {
    const { broken, questions, error } = await breaking(held('r1'), { isConfirmed: false, answers });
    expect(questions).toEqual([
      expect.stringMatching(/^break the lock of bob@ctl .*run r1.* on 2 nodes\? \[y\/N\] $/),
    ]);
    expect(broken).toEqual(hosts);
    expect(error?.exitCode).toBe(answers ? undefined : 1);
  });

  test('says what it ends where only work is left', async () => {
    const left: Answer = ({ name }) => (name === 'lockstep-status' ? ['ORPHAN 12 r1', ...FREE] : ['BROKEN']);
    const { questions } = await breaking(left, { isConfirmed: false, answers: false });
    expect(questions).toEqual(['end the work that run r1 has left behind on 3 nodes? [y/N] ']);
  });

  test('breaks nothing where nobody can be asked', async () => {
    const { broken, error } = await breaking(held('r1'), { isConfirmed: false });
    expect([broken, error?.code]).toEqual([[], 'not-broken']);
  });

  test('a yes that was given before is not asked for again', async () => {
    expect((await breaking(held('r1'), { answers: false })).questions).toEqual([]);
  });

  test('where a node does not end it the run fails, and tells how many did', async () => {
    const { error, run, broken } = await breaking((question) =>
      question.name !== 'lockstep-status' && question.host === 'c' ? [] : held('r1')(question),
    );
    expect(broken).toEqual(['a', 'c']);
    expect(error).toMatchObject({ code: 'not-broken', message: 'run r1 could not be ended on 1 node' });
    expect(error?.causes.length).toBe(1);
    expect(run.ear.logs()).toContain('info: run r1 is ended, and its lock broken, on 1 of 2 nodes');
    expect(run.outcomes.get({ id: '[root@c:22]' })?.kind).toBe('refused');
  });
});
