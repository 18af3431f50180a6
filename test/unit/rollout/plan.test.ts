import { describe, expect, test } from 'vitest';
import { planJson, planText } from '../../../src/output/report/plan.ts';
import { planOf } from '../../../src/rollout/plan-of.ts';
import { nodesOf, rules } from './given.ts';

const FILE = `
tag:
  frontend: ['foo[1-101].east', 'foo[1-101].west']
  backend: ['bar[1-10].east']
  coast: {east: ['*.east'], west: ['*.west']}
sequence:
  inner: {steps: [$backend, $frontend], per: coast, pause: 30s}
constraint:
  $frontend: {max_parallel: 25%, per: coast}
  $coast: {max_parallel: 4}
retry: {times: 1, delay: 5s}
max_failures: 10%
`;

test('R6: a plan tells each order with its slots, how many at once, and what they wait for; equal inputs give an equal text', () => {
  const draw = () => {
    const nodes = nodesOf('foo[1-3].east', 'foo[7-9].west', 'bar[1-6].east', 'db[1-2]');
    return planText(planOf(rules(FILE, nodes), nodes, { before: './drain' }));
  };
  expect(draw()).toMatchInlineSnapshot(`
    "14 nodes, 2 orders, 4 limits; nothing is connected

    order inner of east
      1. $backend of east: 6 nodes, 4 at once
          bar[1-6].east
      2. $frontend of east: 3 nodes, all at once, when $backend of east has succeeded on all of its
         nodes, and 30s later
          foo[1-3].east

    order inner of west
      1. $frontend of west: 3 nodes, all at once
          foo[7-9].west

    in none of them: 2 nodes, all at once
          db[1-2]

    limit frontend of east: at most 25 at once, of 3 nodes; one that fails keeps its place: it is down
          foo[1-3].east
    limit frontend of west: at most 25 at once, of 3 nodes; one that fails keeps its place: it is down
          foo[7-9].west
    limit coast.east: at most 4 at once, of 9 nodes; one that fails keeps its place: it is down
          foo[1-3].east, bar[1-6].east
    limit coast.west: at most 4 at once, of 3 nodes; one that fails keeps its place: it is down
          foo[7-9].west

    when 1 node has failed: nothing more starts
    a node that fails is tried again, 1 time, after 5s
    around each node's command, before: ./drain
    "
  `);
  expect(draw()).toBe(draw());
});

test('without any rule all nodes start at once', () => {
  const nodes = nodesOf('web[1-3]');
  expect(planText(planOf(rules('', nodes), nodes))).toMatchInlineSnapshot(`
    "3 nodes, no orders, no limits; nothing is connected

    in no order: 3 nodes, all at once
          web[1-3]
    "
  `);
});

describe('of many nodes', () => {
  const nodes = nodesOf('web[1-1000].a', 'x', 'yy', 'zzz', 'web[1-9]-[1-9].b');

  test('no line has more than 100 columns', () => {
    const [one, other] = ['$a-tag-with-a-long-name', '$another-tag-with-a-name-that-is-long'];
    const text = `tag: {${one.slice(1)}: ["web[1-1000].a"], ${other.slice(1)}: ["*.b", x]}\nsequence: [${one}, ${other}]`;
    const lines = planText(planOf(rules(text, nodes), nodes)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.join('\n')).toContain('web[1-1000].a');
  });

  test('--json: an object for all, and one for each node with its slots, what it waits for, and its limits', () => {
    const text = 'tag: {t: [x, yy]}\nsequence: [x, yy]\nconstraint: {$t: {max_parallel: 1}}';
    const few = nodesOf('yy', 'x', 'zzz');
    const [whole, ...places] = planJson(planOf(rules(text, few), few))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(whole).toMatchObject({
      body: '',
      host: null,
      node: null,
      stream: 'status',
      plan: {
        threads: [
          { name: 'sequence', require: 'success', slots: [{ name: 'x', atOnce: 1 }, { name: 'yy' }] },
        ],
        free: { nodes: ['[root@zzz:22]'], atOnce: 1 },
        limits: [{ name: 't', max: 1, nodes: ['[root@yy:22]', '[root@x:22]'] }],
        onFailure: 'hold',
        unreachable: 'fail',
      },
    });
    expect(places).toEqual([
      {
        body: '',
        host: 'yy',
        node: '[root@yy:22]',
        stream: 'status',
        place: { slots: [{ thread: 'sequence', slot: 'yy', number: 2 }], after: ['x'], limits: ['t'] },
      },
      expect.objectContaining({ host: 'x' }),
      expect.objectContaining({ host: 'zzz', place: { slots: [], after: [], limits: [] } }),
    ]);
  });
});
