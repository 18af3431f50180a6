/** Which nodes of a run that is over are meant once more, and what is refused. */
import { describe, expect, test } from 'vitest';
import type { Source } from '../../../src/core/sources.ts';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import { checkSources, type EndState, partOf } from '../../../src/journal/repeat.ts';
import { nodesOf } from '../../../src/journal/states.ts';
import { showText } from '../../../src/journal/tell-show.ts';
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
  test.each<[readonly EndState[], readonly string[], number]>([
    [['failed', 'lost', 'skipped'], ['web-c', 'web-b', 'web-a', 'web-A'], 0],
    [['failed'], ['web-b', 'web-A'], 1],
    [['lost'], ['web-a'], 2],
    [['skipped'], ['web-c'], 3],
    [['lost', 'skipped'], ['web-c', 'web-a'], 2],
  ])('%j: are these, in their order, with user and port as they were', async (states, hosts, leftDown) => {
    const past = pastOf();
    const part = partOf(past, states);
    expect(part).toMatchObject({ nodes: hosts.length, leftDown });
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

describe('the files of a run that is started again', () => {
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

test('show names the run that another repeats', () => {
  const repeated = historyOf(headOf(NODES, { repeats: '20261128T080000-0000000b' }), [], false);
  expect(showText(repeated, '/p')).toContain('\nrepeats run 20261128T080000-0000000b\n');
});
