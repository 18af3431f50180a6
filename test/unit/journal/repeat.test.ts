/** Which nodes of a run that is over are meant once more, and what is refused. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Source } from '../../../src/core/sources.ts';
import { parseHead } from '../../../src/journal/head.ts';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import { checkSources, type EndState, partOf } from '../../../src/journal/repeat.ts';
import { nodesOf } from '../../../src/journal/states.ts';
import { showText } from '../../../src/journal/tell/show.ts';
import { eventObject } from '../../../src/output/event-lines.ts';
import { resolveTargets } from '../../../src/targets/resolve.ts';
import { commandLines, headOf, linesOf, nodeNamed, RUN } from './pasts.ts';

const NODES = ['d', 'c', 'b', 'a', 'A', 'e'].map((name, at) => ({
  ...nodeNamed(`web-${name}`),
  id: `[u${at}@web-${name}:${2200 + at}]`,
  user: `u${at}`,
  port: 2200 + at,
}));
const ENDS = [
  { kind: 'ok' },
  { kind: 'skipped', reason: 'halted' },
  { kind: 'exit', code: 3 },
  { kind: 'lost', reason: 'reset' },
  { kind: 'timed-out' },
  { kind: 'ok' },
];
const pastOf = (extra = '', exitCode: number | undefined = 1, isAlive = false) =>
  historyOf(headOf(NODES), parseEvents(commandLines(NODES, ENDS, exitCode) + extra), isAlive);

describe('the nodes of a run that is started again', () => {
  test.each<[readonly EndState[], readonly string[]]>([
    [
      ['failed', 'lost', 'skipped'],
      ['web-c', 'web-b', 'web-a', 'web-A'],
    ],
    [['failed'], ['web-b', 'web-A']],
    [['lost'], ['web-a']],
    [['skipped'], ['web-c']],
    [
      ['lost', 'skipped'],
      ['web-c', 'web-a'],
    ],
  ])('%j: are these, in their order, with user and port as they were', async (states, hosts) => {
    const past = pastOf();
    const part = partOf(past, states);
    expect(part).toMatchObject({ nodes: hosts.length, whole: { target: `run:${RUN}:all` } });
    expect(part.whole.rest).toHaveLength(NODES.length - hosts.length);
    const { nodes } = await resolveTargets(
      {
        hosts: [part.target],
        stdinText: undefined,
        inventoryFile: undefined,
        programText: undefined,
        user: undefined,
      },
      {
        read: () => Promise.reject(new Error('reads no file')),
        readGroups: () => Promise.reject(new Error('reads no groups')),
        readRun: async (_run, state) => nodesOf(past, state),
      },
    );
    expect(nodes.map(({ host }) => host)).toEqual(hosts);
    for (const node of nodes) expect(NODES.map(({ id }) => id)).toContain(node.id);
  });

  test('are those whose work was ended with the run, for retry, and not for resume', () => {
    const cut = { kind: 'ended', reason: 'its work was ended with the run', follows: true };
    const ends = NODES.map((_, at) => (at < 2 ? cut : { kind: 'skipped', reason: 'halted' }));
    const past = historyOf(headOf(NODES), parseEvents(commandLines(NODES, ends, 130)), false);
    const failed = partOf(past, ['failed']);
    expect(failed.nodes).toBe(2);
    expect(failed.whole.again.map(({ node }) => node.id)).toEqual(NODES.slice(0, 2).map(({ id }) => id));
    expect(partOf(past, ['failed', 'lost', 'skipped']).nodes).toBe(NODES.length);
    expect(partOf(past, ['skipped']).nodes).toBe(NODES.length - 2);
  });

  test('are those of a run that was killed, too', () => {
    const killed = historyOf(headOf(NODES), parseEvents(commandLines(NODES, ENDS.slice(0, 3))), false);
    expect(partOf(killed, ['lost'])).toMatchObject({ nodes: 3 });
  });

  test('are refused while it is at work, and where there is none, with the name of the run', () => {
    const running = historyOf(headOf(NODES), parseEvents(commandLines(NODES, ENDS)), true);
    expect(() => partOf(running, ['failed'])).toThrow(`run ${RUN} is not over`);
    const well = NODES.map(() => ({ kind: 'ok' }));
    const past = historyOf(headOf(NODES), parseEvents(commandLines(NODES, well, 0)), false);
    expect(() => partOf(past, ['failed', 'lost', 'skipped'])).toThrow(
      `no node of run ${RUN} is failed or lost or skipped`,
    );
  });
});

describe('J6: the files of a run that is started again', () => {
  const BEFORE: readonly Source[] = [
    { path: '/x/app', digest: '11' },
    { path: '/x/new\nline', digest: '22' },
    { path: '/x/names', more: 3, digest: '33' },
  ];
  const past = pastOf(linesOf([[2, { type: 'sources', sources: BEFORE }]]));

  test('are taken where they are the same', () => {
    expect(() => checkSources(past, [...BEFORE].reverse())).not.toThrow();
    expect(() => checkSources(pastOf(), [])).not.toThrow();
  });

  test.each<[string, (sources: Source[]) => void, RegExp]>([
    ['other contents', (all) => all.splice(0, 1, { path: '/x/app', digest: '12' }), /: '\/x\/app'$/],
    ['a new name', (all) => all.push({ path: '/x/b', digest: '11' }), /: '\/x\/b'$/],
    ['a name less', (all) => all.splice(1, 1), /: '\/x\/new\\u\{a\}line'$/],
    [
      'another count',
      (all) => all.splice(2, 1, { path: '/x/names', more: 4, digest: '33' }),
      /s' and 4 more$/,
    ],
  ])('are refused with their names: %s', (_, change, why) => {
    const sources = [...BEFORE];
    change(sources);
    expect(() => checkSources(past, sources)).toThrow(why);
  });

  test('are refused where they were read once, as a pipe is', () => {
    const sources = [{ path: 'pipe' }];
    expect(() => checkSources({ ...past, sources }, sources)).toThrow(/: 'pipe'$/);
  });

  test('are refused where the journal tells nothing of them, as one that was cut off', () => {
    expect(() => checkSources(pastOf(), [{ path: '/x/app', digest: '11' }])).toThrow(
      /journal does not tell what the files of run \S+ were: '\/x\/app'$/,
    );
  });
});

describe('a rollout that goes on in another run', () => {
  const next = '20261128T100000-0000000b';

  test('has all of its nodes, in their order: those that the run leaves are as they were, and where', () => {
    const { rest } = partOf(pastOf(), ['skipped']).whole;
    const own = NODES.filter((node) => !rest.some((one) => one.node.id === node.id));
    const head = parseHead(JSON.stringify(headOf(own, { run: next, repeats: RUN, rest })));
    if (head === undefined) throw new Error('no head');
    const past = historyOf(head, parseEvents(commandLines(own, [{ kind: 'ok' }], 1)), false);
    expect(past.nodes.map(({ node }) => node)).toEqual(NODES);
    expect(showText(past, '/p')).toContain(
      `\
  web-[d,e] (2): ok: in run ${RUN}
  web-c (1): ok
  web-b (1): exit code 3, in run ${RUN}
`.replace('web-[d,e] (2)', 'web-d, web-e (2)'),
    );
    expect(nodesOf(past, 'ok').map(({ text }) => text)).toEqual([
      'u0@web-d:2200',
      'u1@web-c:2201',
      'u5@web-e:2205',
    ]);
    // The third run has what the first has left, not the second's word for it.
    const again = partOf(past, ['lost']).whole.rest;
    expect(again.map(({ at, kind, detail }) => [at, kind, detail])).toEqual([
      [0, 'ok', `in run ${RUN}`],
      [1, 'ok', `in run ${next}`],
      [2, 'exit', `3, in run ${RUN}`],
      [4, 'timed-out', `in run ${RUN}`],
      [5, 'ok', `in run ${RUN}`],
    ]);
  });

  test('knows of those that the run leaves who was out of reach, as do the runs behind it', () => {
    const [first, second] = NODES as [(typeof NODES)[0], (typeof NODES)[0]];
    const error = new LockstepError('unreachable', 'no route to host', { node: first });
    const settled = (node: typeof first) =>
      eventObject({ type: 'outcome', node, outcome: { kind: 'refused', error } } as never);
    const events = linesOf([
      [1, settled(first)],
      [1, eventObject({ type: 'left-out', errors: [error] } as never)],
      // At its turn its disk was full.
      [2, settled(second)],
      [9, { type: 'finished', exitCode: 3, outcomes: [] }],
    ]);
    const past = historyOf(headOf([first, second]), parseEvents(events), false);
    const left = partOf({ ...past, nodes: [...past.nodes, aNode] }, ['skipped']).whole.rest;
    expect(left.map(({ isOut }) => isOut)).toEqual([true, undefined]);
    const head = headOf([aNode.node], { run: next, rest: left });
    const later = historyOf(head, parseEvents(linesOf([])), false);
    expect(later.nodes.map(({ isOut }) => isOut)).toEqual([true, undefined, undefined]);
  });

  const aNode = { node: NODES[2] as (typeof NODES)[0], kind: 'skipped' as const, detail: '', spans: [] };

  test('R5: nodes that were down are so until they begin: a retry that never comes to their turn leaves them as they were, for all runs behind it', () => {
    const { again } = partOf(pastOf(), ['failed', 'lost', 'skipped']).whole;
    const [, waited, failed, lost, late] = NODES as (typeof NODES)[0][];
    const own = [waited, failed, lost, late] as typeof NODES;
    const skips = [
      ...[waited, failed].map((node) => ({
        node: node?.id,
        kind: 'skipped',
        reason: 'nothing was run there',
      })),
      { node: late?.id, kind: 'ok' },
    ];
    const events = linesOf([[9, { type: 'finished', exitCode: 75, outcomes: skips }]]);
    const head = parseHead(JSON.stringify(headOf(own, { run: next, repeats: RUN, again, hasTurns: true })));
    if (head === undefined) throw new Error('no head');
    const past = historyOf(head, parseEvents(events), false);
    expect(past.nodes.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['skipped', 'nothing was run there'],
      ['exit', `3, in run ${RUN}`],
      ['lost', 'the journal does not tell'],
      ['ok', ''],
    ]);
    const left = partOf(past, ['skipped']).whole;
    expect(left.rest.map(({ node, detail }) => [node, detail])).toEqual([
      [failed, `3, in run ${RUN}`],
      [lost, `the journal does not tell, in run ${next}`],
      [late, `in run ${next}`],
    ]);
    expect(partOf(past, ['failed']).whole.again.map(({ detail }) => detail)).toEqual([`3, in run ${RUN}`]);
  });

  test('is not read where its head is not whole', () => {
    const head = headOf(NODES, { rest: [{ at: 0, node: NODES[0], kind: 'ok' }] as never });
    expect(parseHead(JSON.stringify(head))).toBeUndefined();
    expect(parseHead(JSON.stringify({ ...head, rest: [], again: head.rest }))).toBeUndefined();
  });
});

test('show names the run that another repeats', () => {
  const repeated = historyOf(headOf(NODES, { repeats: '20261128T080000-0000000b' }), [], false);
  expect(showText(repeated, '/p')).toContain('\nrepeats run 20261128T080000-0000000b\n');
});
