/** What is told of a wish that a run at work was asked. */
import { expect, test } from 'vitest';
import type { Wish, WishAnswer } from '../../../src/core/wish.ts';
import { isGranted, wishText } from '../../../src/journal/tell/wish.ts';
import { pickNodes } from '../../../src/run/rollout/pick-nodes.ts';
import { headOf, nodeNamed, RUN } from './pasts.ts';

const NODES = ['web1', 'web2', 'web3', 'db1'].map((name) => nodeNamed(name));
const ids = NODES.map(({ id }) => id);
const [web1 = '', web2 = '', web3 = '', db1 = ''] = ids;
const counts = { done: [], refused: [], running: 1, waiting: 3 };

test.each<[Wish['kind'], Partial<WishAnswer>, string, isGranted: boolean]>([
  ['halt', {}, `run ${RUN} is halted, nothing more starts: 1 node at work, 3 nodes not begun\n`, true],
  [
    'halt',
    { pointless: 'halted' },
    `run ${RUN} was halted before: 1 node at work, 3 nodes not begun\n`,
    true,
  ],
  [
    'halt',
    { pointless: 'nothing-waits', waiting: 0 },
    `run ${RUN} has no node left to start: 1 node at work, 0 nodes not begun\n`,
    false,
  ],
  ['resume', {}, `run ${RUN} goes on: 1 node at work, 3 nodes not begun\n`, true],
  [
    'resume',
    { pointless: 'not-halted' },
    `run ${RUN} is not halted: 1 node at work, 3 nodes not begun\n`,
    true,
  ],
  ['retry', { pointless: 'ending' }, `run ${RUN} is at its end: 1 node at work, 3 nodes not begun\n`, false],
  [
    'retry',
    { done: [web1, web2, web3] },
    'web[1-3] (3): starts again, as soon as limits have a place\n',
    true,
  ],
  [
    'retry',
    { done: [web1], standsFor: 'halt' },
    'web1 (1): starts again when the halt is lifted, by lockstep resume\n',
    true,
  ],
  [
    'retry',
    { done: [db1], standsFor: 'rule' },
    'db1 (1): starts again when fewer have failed: for them nothing starts now\n',
    true,
  ],
  [
    'skip',
    {
      done: [db1],
      refused: [
        { node: web1, why: 'ok' },
        { node: web2, why: 'at-work' },
        { node: web3, why: 'ok' },
        { node: 'odd\nnode', why: 'unknown' },
      ],
    },
    'db1 (1): skipped, and holds up nothing\nweb[1,3] (2): refused, ended ok\nweb2 (1): refused, at work\nodd^Jnode (1): refused, no node of the rollout\n',
    false,
  ],
])('%s %j is told so', (kind, more, text, granted) => {
  const answer = { ...counts, ...more };
  expect(wishText({ kind, nodes: [] } as Wish, answer, headOf(NODES))).toBe(text);
  expect(isGranted(answer)).toBe(granted);
});

test.each<[readonly string[], readonly string[]]>([
  [['web1'], [web1]],
  [
    ['root@web2', web3],
    [web2, web3],
  ],
  [
    ['web[2-3]', 'web2:22'],
    [web2, web3],
  ],
  [['db*'], [db1]],
  [
    ['web*', '!web2'],
    [web1, web3],
  ],
])('nodes of a run are named as targets are: %j', (names, picked) => {
  expect(pickNodes(NODES, names, RUN).map(({ id }) => id)).toEqual(picked);
});

test.each([['web4'], ['ann@web1'], ['web1:2222'], ['mail*'], ['@web']])('no node of a run is %s', (name) => {
  expect(() => pickNodes(NODES, ['web1', name], RUN)).toThrow(/no node of run|there is no group/);
});
