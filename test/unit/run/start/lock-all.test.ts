import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SESSION_PROTOCOL, type Welcome } from '../../../../src/session/messages.ts';
import { WORKS } from '../fixtures.ts';
import { ACQUIRED } from '../speaking-nodes.ts';

import { IDENTITY, locking, NODES, type Options, settings } from './locking.ts';

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
    ['-x: by sudo', { become: { user: 'root' } }, { isSudo: true }],
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
