/** What the list of releases prints. */
import { expect, test } from 'vitest';
import type { ReleaseMark } from '../../../src/core/events.ts';
import { NodeNames } from '../../../src/output/labels.ts';
import { releaseJson, releaseText } from '../../../src/output/report/releases.ts';
import { nodeAt } from '../run/fixtures.ts';

const NODES = Array.from({ length: 40 }, (_, at) => nodeAt(`web${at + 1}`));
const event = (name: string | undefined, mark: ReleaseMark) =>
  ({ type: 'release', directory: '/srv/app', name, mark, nodes: NODES.slice(0, 3) }) as const;

test.each<[name: string | undefined, mark: ReleaseMark, line: string]>([
  ['r2', 'current', '* r2  web[1-3]\n'],
  ['r1', 'previous', '< r1  web[1-3]\n'],
  ['golden', 'other', '  golden  web[1-3]\n'],
  [undefined, 'none', '  no release  web[1-3]\n'],
])('%s, %s is one line', (name, mark, line) => {
  expect(releaseText(event(name, mark), new NodeNames(NODES))).toBe(line);
});

test('a release is one object', () => {
  expect(JSON.parse(releaseJson(event('r2', 'current')))).toEqual({
    body: '',
    host: null,
    node: null,
    stream: 'status',
    release: {
      directory: '/srv/app',
      name: 'r2',
      mark: 'current',
      nodes: ['[root@web1:22]', '[root@web2:22]', '[root@web3:22]'],
    },
  });
});
