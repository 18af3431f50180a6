import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { RunLeases } from '../../../../src/lock/run-leases.ts';
import { leaseTiming, lockAll, lockPath } from '../../../../src/run/start/lock-all.ts';
import { SESSION_PROTOCOL, type Welcome } from '../../../../src/session/messages.ts';
import { Ear, endedBy, nodeAt, requestFor, WORKS } from '../fixtures.ts';
import { ACQUIRED, FREE, HastyClock, holderLine, type Question, speakingNodes } from '../speaking-nodes.ts';

const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
const IDENTITY = { run: 'mine', who: 'ann@ctl', since: 'then', version: '9', token: 'secret' };
const LOCKED = [holderLine(), 'LOCKED'];
const DRAINING = ['DRAINING\t 12 13\told'];
const NO_FLOCK = ['ERROR flock is not installed on this node'];

type Answer = (question: Question) => readonly string[];
type Options = Parameters<typeof requestFor>[0] & {
  readonly joined?: Welcome;
  readonly signal?: AbortSignal;
};

/** What three nodes that answer so were asked, what came of it, and what was told. */
async function locking(answer: Answer, { joined, signal, ...given }: Options = {}) {
  const clock = new HastyClock();
  const ear = new Ear();
  const leftOut: string[] = [];
  const { connections, asked } = speakingNodes(NODES, answer);
  const request = requestFor(given);
  const interrupt = signal ?? new AbortController().signal;
  const leases = new RunLeases({
    timing: leaseTiming(request.times),
    clock,
    interrupt,
    openLeases: () => ({ add() {}, remove() {}, check() {}, stop() {} }),
    onNodeLost() {},
  });
  const result = await lockAll(connections, {
    request,
    identity: IDENTITY,
    clock,
    emit: ear.emit,
    signal: leases.signal,
    leases,
    joined,
    random: () => 0.5,
    onLeftOut: (error) => void leftOut.push(error.message),
  }).catch((error: LockstepError) => error);
  const keepers = result instanceof Error ? [] : result.map(({ node }) => node.host);
  return { ear, asked, leftOut, keepers, clock, error: result instanceof Error ? result : undefined };
}

/** What the first node was told of the run: [who, run, since, path, reason, command, version, kind, flock?], and the start line. */
async function settings(given: Options) {
  const { asked } = await locking(() => ACQUIRED, given);
  const [who, run, since, path, reason, command, version, kind, ...more] = asked[0]?.words ?? [];
  const [leaseS, graceS, mark, make] = asked[0]?.start.split(' ') ?? [];
  const isSudo = asked[0]?.command.includes('sudo');
  return { who, run, since, path, reason, command, version, kind, more, leaseS, graceS, mark, make, isSudo };
}

describe('what a keeper is told, by what the request asks for', () => {
  test.each<[what: string, given: Options, told: object]>([
    ['the root, exclusively, and nothing is made', {}, { path: '/', kind: 'x', make: 'none', reason: '' }],
    ['who runs what, and since when', {}, { who: 'ann@ctl', run: 'mine', since: '2026-01-01T00:00:00Z' }],
    ['the release of lockstep', {}, { version: '9' }],
    ['--lock-shared', { lock: { kind: 'shared' } }, { kind: 's', mark: 's', more: ['flock'] }],
    ['-y: a leash', { lock: { kind: 'none' } }, { kind: 'n', mark: 'n', more: [] }],
    ['an exclusive lock is seen as flock’s', {}, { mark: 'x', more: ['flock'] }],
    ['another path', { lock: { path: '/srv/app' } }, { path: '/srv/app' }],
    ['a path without its trailing slashes', { lock: { path: '/srv/app//' } }, { path: '/srv/app' }],
    ['the root with many slashes', { lock: { path: '///' } }, { path: '/' }],
    ['what is made: a file', { lock: { makes: 'file', path: '/l' } }, { make: 'file' }],
    ['what is made: a directory', { lock: { makes: 'directory' } }, { make: 'directory' }],
    ['the reason', { lock: { reason: 'the weekly update' } }, { reason: 'the weekly update' }],
    ['the reason on one line', { lock: { reason: ' one\n\ttwo\u001b[2J ' } }, { reason: 'one two [2J' }],
    ['a reason that is bounded', { lock: { reason: 'x'.repeat(300) } }, { reason: `${'x'.repeat(199)}…` }],
    ['the lease, in whole seconds', { times: { leaseMs: 30_500 } }, { leaseS: '31' }],
    ['the grace, in whole seconds', { times: { killGraceMs: 1 } }, { graceS: '1' }],
    ['no grace', { times: { killGraceMs: 0 } }, { graceS: '0' }],
    ['-x: by sudo', { connect: { asRoot: true } }, { isSudo: true }],
    ['no sudo', {}, { isSudo: false }],
  ])('%s', async (_what, given, told) => {
    expect(await settings(given)).toMatchObject(told);
  });

  test.each<[work: object, command: string]>([
    [{ mode: 'command', text: 'uptime' }, '-C uptime'],
    [{ mode: 'command', text: '  mysql -psecret db' }, '-C mysql'],
    [{ mode: 'command', text: 'a\nb' }, '-C a'],
    [{ mode: 'command', text: '   ' }, '-C'],
    [{ mode: 'command', text: `${'y'.repeat(300)} z` }, `-C ${'y'.repeat(196)}…`],
    [WORKS.upload, '-U'],
    [WORKS.sync, '-S'],
    [{ mode: 'sync', command: '/opt/tool --token secret', arguments: ['more'] }, '-S /opt/tool'],
    [{ mode: 'lock', program: ['./deploy', 'secret'] }, '-L'],
  ])('the command’s first word alone, which all may see: %j', async (work, command) => {
    expect((await settings({ work })).command).toBe(command);
  });

  test('no argument, however it is written, is shown to those who meet the lock', async () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    await fc.assert(
      fc.asyncProperty(word, fc.constantFrom(' ', '\t', '\n', '\r\n'), async (first, space) => {
        const { asked } = await locking(() => ACQUIRED, {
          work: { mode: 'command', text: `${space}${first}${space}SECRET` },
        });
        expect(asked.flatMap(({ words }) => words).join(' ')).not.toContain('SECRET');
        expect(asked[0]?.words[5]).toBe(`-C ${first}`);
      }),
      { numRuns: 20 },
    );
  });

  test('every node is told the same, and the secret never stands among the words', async () => {
    const { asked } = await locking(() => ACQUIRED);
    expect(new Set(asked.map(({ words }) => words.join('\n'))).size).toBe(1);
    expect(asked.flatMap(({ words }) => words)).not.toContain(IDENTITY.token);
  });
});

describe('the lock of a call that has joined a session', () => {
  const welcome = (lockPath: string, lockKind: Welcome['lockKind'] = 'exclusive'): Welcome => ({
    protocol: SESSION_PROTOCOL,
    run: 'mine',
    call: 'mine.1',
    who: 'ann@ctl',
    since: 'then',
    lockPath,
    lockKind,
    graceMs: 5_000,
    nodes: NODES,
  });

  test.each<[what: string, joined: Welcome, lock: object, told: object]>([
    ['is the session’s', welcome('/srv'), {}, { kind: 'jx', path: '/srv', make: 'none' }],
    ['is the session’s, beside other readers', welcome('/srv', 'shared'), {}, { kind: 'js', path: '/srv' }],
    ['makes nothing', welcome('/srv'), { makes: 'directory' }, { kind: 'jx', make: 'none' }],
    ['is covered by the root', welcome('/'), { path: '/srv' }, { kind: 'jx', path: '/' }],
    ['is covered by its own path', welcome('/srv'), { path: '/srv/' }, { kind: 'jx', path: '/srv' }],
    [
      'on another path is taken',
      welcome('/srv'),
      { path: '/opt', makes: 'file' },
      { kind: 'x', path: '/opt', make: 'file' },
    ],
    ['below readers is taken', welcome('/', 'shared'), { path: '/opt' }, { kind: 'x', path: '/opt' }],
    [
      'with -y is the session’s all the same',
      welcome('/srv'),
      { kind: 'none', path: '/opt' },
      { kind: 'jx', path: '/srv' },
    ],
  ])('%s', async (_what, joined, lock, told) => {
    expect(await settings({ joined, lock })).toMatchObject(told);
  });
});

describe('how it goes', () => {
  test('all nodes are locked, in the order of the targets, and each is told', async () => {
    const { keepers, ear } = await locking(() => ACQUIRED);
    expect(keepers).toEqual(['a', 'b', 'c']);
    expect(ear.of('phase')).toEqual([{ type: 'phase', phase: 'lock', nodes: 3 }]);
    expect(ear.of('node-done').map(({ node }) => node.host)).toEqual(['a', 'b', 'c']);
    expect(ear.logs()).toEqual(['debug: global lock acquired on 3 nodes']);
    expect(ear.logs('trace')).toContain("lock acquired: '[root@b:22]' on '/'");
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
    expect(leftOut).toEqual([expect.stringContaining('[root@a:22]')]);
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
    expect(ear.logs(level)).toEqual([
      expect.stringMatching(/^\[root@b:22\].*lock already obtained by bob@ctl/),
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
