import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Node, nodeId } from '../../../../src/core/node.ts';
import { Hosts } from '../../../../src/ssh/config/hosts.ts';
import { Routes } from '../../../../src/ssh/config/routes.ts';

const node = (host: string): Node => ({
  id: nodeId('me', host, 22),
  user: 'me',
  host,
  port: 22,
  given: host,
});

interface Given {
  readonly jump?: string;
  readonly options?: readonly string[];
}

async function routes(text: string, hosts: readonly string[], { jump, options = [] }: Given = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-routes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'config');
  writeFileSync(file, `${text}\nHost *\n User me\n`);
  const config = await Hosts.open({ file, options, jump, environment: {}, warn: () => {} });
  const nodes = hosts.map(node);
  const found = await Routes.open(config, nodes);
  return {
    found,
    ways: nodes.map((one) =>
      found
        .hopsOf(one)
        .map(({ id }) => id)
        .join(' '),
    ),
  };
}

const CHAIN = `Host gate
 HostName gate.example
 User ann
Host inner
 Port 2222
 ProxyJump gate
Host leaf*
 ProxyJump inner`;

describe('the way to a node', () => {
  it.each<[title: string, text: string, given: Given, way: string]>([
    ['is direct where nobody says more', 'Host other\n ProxyJump gate', {}, ''],
    ['leads through ProxyJump, and what is before that', CHAIN, {}, '[ann@gate:22] [me@inner:2222]'],
    ['is that of -J first of all', CHAIN, { jump: 'bob@b:2022' }, '[bob@b:2022]'],
    ['is direct with -J none', CHAIN, { jump: 'none' }, ''],
    ['comes before ProxyCommand with -J', 'Host *\n ProxyCommand x', { jump: 'b' }, '[me@b:22]'],
    ['takes hops in their order', CHAIN, { jump: 'x,y' }, '[me@x:22] [me@y:22]'],
    [
      'asks for the way to the first hop alone',
      CHAIN,
      { jump: 'inner,leaf9' },
      '[ann@gate:22] [me@inner:2222] [me@leaf9:22]',
    ],
    ['is that of --ssh-option, too', '', { options: ['ProxyJump=b'] }, '[me@b:22]'],
    [
      'gives hops nothing of what options say of nodes',
      '',
      { options: ['User=you', 'Port=1', 'ProxyJump=b'] },
      '[me@b:22]',
    ],
    ['knows IPv6', '', { jump: 'ann@[::1]:2222' }, '[ann@[::1]:2222]'],
  ])('%s', async (_title, text, given, way) => {
    expect((await routes(text, ['leaf1'], given)).ways).toEqual([way]);
  });

  it('has each hop once, with what ssh_config says of it', async () => {
    const { found } = await routes(CHAIN, ['leaf1', 'leaf2', 'inner']);
    expect(found.hops.map(({ id }) => id).sort()).toEqual(['[ann@gate:22]', '[me@inner:2222]']);
    const gate = found.hops.find(({ host }) => host === 'gate') as Node;
    expect(found.configOf(gate)).toMatchObject({ hostName: 'gate.example', user: 'ann' });
    expect(found.hopsOf(found.hops[0] as Node)).toEqual([]);
  });

  it.each<[title: string, text: string, given: Given, error: RegExp]>([
    [
      'a circle',
      'Host a\n ProxyJump b\nHost b\n ProxyJump a\nHost leaf*\n ProxyJump a',
      {},
      /lead in a circle/,
    ],
    ['a host that is its own jump host', 'Host *\n ProxyJump gate', {}, /leads back to the same host/],
    ['an odd -J', '', { jump: 'a,,b' }, /^-J 'a,,b': ''; expected \[user@\]host\[:port\]/],
    ['two lines', '', { jump: 'a\nProxyCommand x' }, /^-J .*more than one line/],
  ])('%s is a mistake, before anything is connected', async (_title, text, given, error) => {
    await expect(routes(text, ['leaf1'], given)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(error),
    });
  });
});
