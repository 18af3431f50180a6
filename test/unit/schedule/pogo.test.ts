import { expect, test } from 'vitest';
import type { Limit, RolloutRules, Thread } from '../../../src/schedule/rollout-rules.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';

/** `1 2 3` as node ids. */
const ids = (text: string) => text.split(' ').filter((id) => id !== '');
/** `na: 1 2 3, sea: 4 5 6`: the slots of a thread. */
const thread = (text: string, name = 'thread', require: Thread['require'] = 'finished'): Thread => ({
  name,
  require,
  slots: text.split(', ').map((slot) => {
    const [called = '', nodes = ''] = slot.split(': ');
    return { name: called, nodes: ids(nodes) };
  }),
});
const limit = (name: string, max: number, nodes: string): Limit => ({ name, max, nodes: ids(nodes) });
const failing = (nodes: string) => ({ fails: (node: string) => ids(nodes).includes(node) });

const SIX = '1 2 3 4 5 6';
const TEN = 'h1 h2 h3 h4 h5 h6 h7 h8 h9 h10';

test.each<[string, string, Partial<RolloutRules>, Cast, string]>([
  [
    'PG-1: a slot starts when the one before it is done',
    SIX,
    { threads: [thread('na: 1 2 3, sea: 4 5 6')] },
    {},
    '{1 2 3} → {4 5 6} done',
  ],
  [
    'PG-2: a limit that is wide enough changes nothing',
    SIX,
    { threads: [thread('sea: 4 5 6, na: 1 2 3')], limits: [limit('na', 3, '1 2 3')] },
    {},
    '{4 5 6} → {1 2 3} done',
  ],
  [
    'PG-3: a slot without targets is passed over, and the order of targets does not matter',
    '1 2 3 7 8 9',
    { threads: [thread('one: 1 2 3, two: 4 5 6, three: 7 8 9')] },
    {},
    '{1 2 3} → {7 8 9} done',
  ],
  [
    'PG-4: threads of frontends and of backends go their own ways',
    SIX,
    { threads: [thread('na: 1, sea: 4', 'frontend'), thread('sea: 5, na: 2', 'backend')] },
    {},
    '{1 3 5 6} → {4 2} done',
  ],
  [
    'PG-4: 4 waits for 1 alone, and 2 for 5 alone',
    SIX,
    { threads: [thread('na: 1, sea: 4', 'frontend'), thread('sea: 5, na: 2', 'backend')] },
    { takes: (node) => (node === '1' ? 3 : 1) },
    '{1 3 5 6} → {2} → {4} done',
  ],
  [
    'PG-5: two chains side by side',
    '1 2 3 4 5 6 7 8',
    { threads: [thread('south: 3 4, north: 1 2'), thread('west: 7 8, east: 5 6')] },
    {},
    '{3 4 7 8} → {1 2 5 6} done',
  ],
  [
    'PG-5: each chain waits for itself alone',
    '1 2 3 4 5 6 7 8',
    { threads: [thread('south: 3 4, north: 1 2'), thread('west: 7 8, east: 5 6')] },
    { takes: (node) => (node === '8' ? 5 : 1) },
    '{3 4 7 8} → {1 2} → {5 6} done',
  ],
  [
    'PG-6: a sequence of hosts, the last one first',
    '1 2 3',
    { threads: [thread('host3: 3, host2: 2, host1: 1')] },
    {},
    '{3} → {2} → {1} done',
  ],
  [
    'PG-7: a host of the sequence that is no target is left alone',
    '1 2',
    { threads: [thread('host3: 3, host2: 2, host1: 1')] },
    {},
    '{2} → {1} done',
  ],
  [
    'PG-8: one at once, and the run comes to its end',
    '4 5 6',
    { limits: [limit('sea', 1, '4 5 6')] },
    {},
    '{4} → {5} → {6} done',
  ],
  [
    'PG-8: the same within a sequence',
    '4 5 6',
    { threads: [thread('sea: 4 5 6')], limits: [limit('sea', 1, '4 5 6')] },
    {},
    '{4} → {5} → {6} done',
  ],
  [
    'PG-9: two of each colony, one colony after the other',
    SIX,
    {
      threads: [thread('na: 1 2 3, sea: 4 5 6')],
      limits: [limit('na', 2, '1 2 3'), limit('sea', 2, '4 5 6')],
    },
    {},
    '{1 2} → {3} → {4 5} → {6} done',
  ],
  [
    'PG-12: the nodes that may run now are the backends of each coast',
    'foo13.east bar3.east foo13.west bar3.west',
    {
      threads: [
        thread('backend of east: bar3.east, frontend of east: foo13.east'),
        thread('backend of west: bar3.west, frontend of west: foo13.west'),
      ],
      limits: [limit('backend of east', 1, 'bar3.east'), limit('backend of west', 1, 'bar3.west')],
    },
    {},
    '{bar3.east bar3.west} → {foo13.east foo13.west} done',
  ],
  ['PG-14: without limits all six start at once', SIX, {}, {}, `{${SIX}} done`],
  [
    'PG-14: three of six, while one keeps its place',
    SIX,
    { limits: [limit('all', 3, SIX)] },
    { takes: (node) => (node === '1' ? 9 : 1) },
    '{1 2 3} → {4 5} → {6} done',
  ],
  [
    'PG-15: where every host fails the run is deadlocked, and nothing runs',
    SIX,
    { limits: [limit('all', 2, SIX)] },
    failing(SIX),
    '{1 2} deadlocked',
  ],
  [
    'PG-16: two that failed keep their places: the rest is deadlocked',
    TEN,
    { limits: [limit('all', 2, TEN)] },
    failing('h2 h3'),
    '{h1 h2} → {h3} deadlocked',
  ],
  [
    'PG-16: one that failed keeps its place: the run goes on with one place',
    'h1 h2 h3 h4',
    { limits: [limit('all', 2, 'h1 h2 h3 h4')] },
    failing('h1'),
    '{h1 h2} → {h3} → {h4} done',
  ],
  [
    'PG-16: the only place is kept by one that failed',
    'h1 h2 h3 h4 h5',
    { limits: [limit('all', 1, 'h1 h2 h3 h4 h5')] },
    failing('h1'),
    '{h1} deadlocked',
  ],
])('%s', (_title, nodes, rollout, cast, expected) => {
  const rehearsal = new Rehearsal(ids(nodes), rollout, cast).toTheEnd();
  expect(`${rehearsal.order} ${rehearsal.how}`).toBe(expected);
});

test('PG-8: the two that do not run are told that they wait, and for which limit', () => {
  const { waits } = new Rehearsal(ids('4 5 6'), { limits: [limit('sea', 1, '4 5 6')] });
  const full = { kind: 'limit', limit: 'sea', max: 1, running: 1, failed: { first: [], more: 0 } };
  expect(Object.fromEntries(waits)).toEqual({ 5: full, 6: full });
});

test('PG-9: the next colony waits for the slowest of the one before', () => {
  const { times } = new Rehearsal(
    ids(SIX),
    {
      threads: [thread('na: 1 2 3, sea: 4 5 6')],
      limits: [limit('na', 2, '1 2 3'), limit('sea', 2, '4 5 6')],
    },
    { takes: (node) => (node === '2' ? 3 : 1) },
  ).toTheEnd();
  expect(times).toBe('0: 1 2, 1: 3, 3: 4 5, 4: 6');
});

test('PG-12: a frontend is told that it waits for the backend of its coast', () => {
  const { waits } = new Rehearsal(ids('foo13.east bar3.east'), {
    threads: [thread('backend of east: bar3.east, frontend of east: foo13.east', 'inner of east')],
  });
  expect(waits.get('foo13.east')).toEqual({
    kind: 'slot',
    thread: 'inner of east',
    slot: 'backend of east',
    open: { first: ['bar3.east'], more: 0 },
    failed: { first: [], more: 0 },
  });
});

test('PG-14: of four hosts two run, never three', () => {
  const { mostAtWork, order } = new Rehearsal(ids('1 2 3 4'), {
    limits: [limit('all', 2, '1 2 3 4')],
  }).toTheEnd();
  expect(mostAtWork).toBe(2);
  expect(order).toBe('{1 2} → {3 4}');
});

test('PG-15: one that failed and one that is stuck keep two places; a halt ends the run when that one has ended', () => {
  const rehearsal = new Rehearsal(
    ids('1 2 3'),
    { limits: [limit('all', 2, '1 2 3')] },
    {
      ...failing('1'),
      takes: (node) => (node === '2' ? 50 : 1),
      wishes: [[10, { type: 'halted' }]],
      see: ({ now, how, state }) => {
        if (now < 50) expect(how).toBe(undefined);
        if (now > 1 && now < 50) expect(state.budgets.taken(0)).toBe(2);
      },
    },
  ).toTheEnd();
  expect(rehearsal.order).toBe('{1 2}');
  expect(rehearsal.how).toBe('halted');
});

test('PG-16: the seven that never started are told which failures hold the places', () => {
  const { skips } = new Rehearsal(ids(TEN), { limits: [limit('all', 2, TEN)] }, failing('h2 h3')).toTheEnd();
  const reason = {
    kind: 'limit',
    limit: 'all',
    max: 2,
    running: 0,
    failed: { first: ['h2', 'h3'], more: 0 },
  };
  expect([...skips.keys()]).toEqual(ids('h4 h5 h6 h7 h8 h9 h10'));
  expect(skips.get('h10')).toEqual(reason);
});
