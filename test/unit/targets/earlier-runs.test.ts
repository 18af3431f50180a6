import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ReadRun } from '../../../src/targets/earlier-runs.ts';
import { resolveTargets } from '../../../src/targets/resolve.ts';

const readRun: ReadRun = async (run, state) => {
  if (run !== 'last') throw new LockstepError('usage', `there is no run ${run}`);
  const hosts =
    { failed: ['web2', 'web3'], ok: ['web1'], all: ['web1', 'web2', 'web3'], skipped: [] }[state] ?? [];
  return [
    ...hosts.map((host) => ({ text: `ann@${host}:2222` })),
    ...(state === 'lost' ? [{ text: 'ann@db:22', address: '10.0.0.9' }] : []),
    ...(state === 'odd' ? [{ text: 'ann@-rf /:22' }] : []),
  ];
};

async function resolved(hosts: readonly string[], known: ReadRun | undefined = readRun): Promise<string[]> {
  const sources = {
    hosts,
    stdinText: undefined,
    inventoryFile: undefined,
    programText: undefined,
    user: 'bob',
  };
  const files = {
    read: async () => 'run:last:ok\nweb9\n',
    readGroups: async () => [
      {
        groups: new Map([['old', [{ text: 'run:last:ok', source: './lockstep.yaml:1' }]]]),
        labels: new Map(),
        sources: [],
      },
    ],
    readRun: known,
  };
  const { nodes } = await resolveTargets(sources, files);
  return nodes.map(({ user, host, port, address }) => `${user}@${address ?? host}:${port}`);
}

describe('the nodes of an earlier run', () => {
  test.each([
    [['run:last:failed'], ['ann@web2:2222', 'ann@web3:2222']],
    [['run:last:all!run:last:ok'], ['ann@web2:2222', 'ann@web3:2222']],
    [['run:last:all', '!run:last:failed'], ['ann@web1:2222']],
    [['run:last:all&web3'], ['ann@web3:2222']],
    [['run:last:all&ann@web3:2222'], ['ann@web3:2222']],
    [
      ['db1', 'run:last:ok', 'run:last:ok'],
      ['bob@db1:22', 'ann@web1:2222'],
    ],
    [['./hosts'], ['ann@web1:2222', 'bob@web9:22']],
    [['run:last:lost'], ['ann@10.0.0.9:22']],
  ])('are targets: %j', async (hosts, nodes) => {
    expect(await resolved(hosts)).toEqual(nodes);
  });

  test.each([
    [['run:gone:ok'], /there is no run gone/],
    [['run:last:skipped'], /^no targets: no node is in 'run:last:skipped'$/],
    [
      ['run:last:skipped', 'run:last:none'],
      /^no targets: no node is in 'run:last:skipped' or 'run:last:none'$/,
    ],
    [['run:last:failed&web9'], /^no targets: & and ! leave none of those named$/],
    [['!web9'], /^no targets: ! leaves nodes out, and none is named$/],
    [['run:last:odd'], /run:last:odd: .*in target 'ann@-rf/],
    [['@old'], /targets may name an earlier run, and groups may not/],
  ])('are refused in a sentence: %j', async (hosts, why) => {
    await expect(resolved(hosts)).rejects.toMatchObject({ code: 'usage' });
    await expect(resolved(hosts)).rejects.toThrow(why);
  });

  test('are known only where there is a journal', async () => {
    const sources = {
      hosts: ['run:last:ok'],
      stdinText: undefined,
      inventoryFile: undefined,
      programText: undefined,
      user: 'bob',
    };
    const files = { read: async () => '', readGroups: async () => [] };
    await expect(resolveTargets(sources, files)).rejects.toThrow(/no earlier runs are known here/);
  });

  test('a host that is called run, and a port, stay what they are', async () => {
    expect(await resolved(['run', 'run:2200'])).toEqual(['bob@run:22', 'bob@run:2200']);
  });
});
