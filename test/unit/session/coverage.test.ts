import { describe, expect, test } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { chooseNodes, coveredKind } from '../../../src/session/coverage.ts';
import type { Welcome } from '../../../src/session/messages.ts';

const welcome = (lockPath: string, lockKind: Welcome['lockKind'] = 'exclusive'): Welcome => ({
  protocol: 1,
  run: 'r',
  call: 'r.1',
  who: 'ann@ctl',
  since: '2026-11-21T09:00:00Z',
  lockPath,
  lockKind,
  graceMs: 5_000,
  nodes: [],
});

test.each([
  ['/', 'exclusive', undefined, 'joined'],
  ['/', 'exclusive', '/srv/app', 'joined'],
  ['/srv/app', 'exclusive', undefined, 'joined'],
  ['/srv/app', 'exclusive', '/srv/app', 'joined'],
  ['/srv/app', 'exclusive', '/srv/other', undefined],
  ['/srv/app', 'exclusive', '/', undefined],
  ['/', 'shared', undefined, 'joined-shared'],
  ['/', 'shared', '/srv/app', undefined],
] as const)('a session on %s (%s) and a step with -r %s: %s', (lockPath, lockKind, path, kind) => {
  expect(coveredKind(welcome(lockPath, lockKind), path)).toBe(kind);
});

describe('the nodes of a step', () => {
  const node = (user: string, host: string, given = host, port = 22): Node => ({
    id: nodeId(user, host, port),
    user,
    host,
    port,
    given,
  });
  const all = [node('root', 'web1'), node('root', 'web2'), node('ann', 'web3'), node('root', 'web3')];

  test('-o narrows them, in the order of the session, with the session’s user where none is named', () => {
    expect(chooseNodes(all, [node('me', 'Web2'), node('me', 'web1')], false)).toEqual([all[0], all[1]]);
  });

  test('a user that is named counts, with -u or in the target', () => {
    const message = /not in the session: \[me@web1:22\]/;
    expect(() => chooseNodes(all, [node('me', 'web1', 'me@web1')], false)).toThrow(message);
    expect(() => chooseNodes(all, [node('me', 'web1')], true)).toThrow(message);
    expect(chooseNodes(all, [node('root', 'web3', 'root@web3')], false)).toEqual([all[3]]);
  });

  test('a host that the session has under two users needs one', () => {
    expect(() => chooseNodes(all, [node('me', 'web3')], false)).toThrow('not in the session');
    expect(chooseNodes(all, [node('ann', 'web3')], false)).toEqual([all[2]]);
  });
});
