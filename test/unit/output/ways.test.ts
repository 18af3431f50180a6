import { expect, test } from 'vitest';
import type { Way } from '../../../src/core/way.ts';
import { makeNode, play } from './fixtures.ts';

const [web, gate] = [makeNode('web1'), makeNode('gate')];
const way = (more: Partial<Way> = {}): Way => ({
  node: web,
  address: undefined,
  jumps: [],
  isByCommand: false,
  transport: 'ssh2',
  ...more,
});

test.each<[title: string, way: Way, line: string]>([
  ['where nobody says more', way(), 'root@web1:22  # by ssh2'],
  [
    'with its address and jump hosts',
    way({ address: '10.0.0.1', jumps: [gate, gate] }),
    'root@web1:22  # at 10.0.0.1 through root@gate:22, root@gate:22 by ssh2',
  ],
  ['by a ProxyCommand', way({ isByCommand: true }), 'root@web1:22  # through a ProxyCommand by ssh2'],
  ['of a session', way({ transport: 'session' }), 'root@web1:22  # by the session'],
  ['with what would move a cursor', way({ address: '\u001b[2J' }), 'root@web1:22  # at ^[[2J by ssh2'],
])(
  '--list tells a node %s in one line of a host file, with -q without the comment',
  async (_title, one, line) => {
    const event = { type: 'list' as const, ways: [one] };
    expect((await play([event])).stdout).toBe(`${line}\n`);
    expect((await play([event], { quiet: true })).stdout).toBe('root@web1:22\n');
  },
);

test('--list tells a node as an object with --json', async () => {
  const ways = [way({ address: '10.0.0.1', jumps: [gate] }), way()];
  const { stdout } = await play([{ type: 'list', ways }], { json: true });
  const [first, second] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toEqual({
    body: '',
    host: 'web1',
    node: '[root@web1:22]',
    stream: 'status',
    way: {
      user: 'root',
      port: 22,
      address: '10.0.0.1',
      jumps: ['[root@gate:22]'],
      isByCommand: false,
      transport: 'ssh2',
    },
  });
  expect(second.way.address).toBe('web1');
});
