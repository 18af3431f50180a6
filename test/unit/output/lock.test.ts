import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { foldNames } from '../../../src/text/fold-names.ts';
import { hear, makeBench, makeNode, play } from './fixtures.ts';

const nodes = ['web1', 'web2', 'web3', 'db1'].map((host) => makeNode(host));
const [web1, web2, web3, db1] = nodes as [Node, Node, Node, Node];
type Node = ReturnType<typeof makeNode>;

const holder = (run: string, pid: number, more = {}) => ({
  pid,
  who: 'ann@ctl',
  run,
  since: '2026-11-21T09:12:40Z',
  lockPath: '/srv',
  reason: '',
  command: '-C tail',
  version: '0.1.0',
  kind: 'exclusive' as const,
  ...more,
});

const waits = (
  waitedMs: number,
  run: string,
  where: readonly Node[],
  more: readonly Node[] = [],
): RunEvent => {
  const by = (name: string, on: readonly Node[]) => ({
    text: `held by ann@ctl (run ${name})`,
    holders: [holder(name, 7)],
    nodes: on,
  });
  const blockers = more.length === 0 ? [by(run, where)] : [by(run, where), by('another', more)];
  return { type: 'lock-wait', waitedMs, limitMs: 30_000, blockers };
};

describe('names', () => {
  test.each([
    [['web1', 'web2', 'web3', 'web5', 'db'], 'web[1-3,5], db'],
    [['10.0.0.9', '10.0.0.10', '10.0.0.11'], '10.0.0.[9-11]'],
    [['web08', 'web09', 'web10', 'web9'], 'web[9,08-10]'],
    [['a:22', 'a:23'], 'a:[22-23]'],
    [['web1:22', 'web2:22'], 'web[1-2]:22'],
    [['only7'], 'only7'],
    [[], ''],
  ])('%j are folded to %s', (names, folded) => {
    expect(foldNames(names)).toBe(folded);
  });
});

describe('waiting for the lock', () => {
  test('is logged when it begins and when the holder changes, and not in between', async () => {
    const events = [waits(0, 'r1', [web1]), waits(900, 'r1', [web1]), waits(2000, 'r2', [web1, web2], [db1])];
    expect((await play(events)).stderr).toBe(
      `2026-11-21 09:12:40  [INFO] waiting up to 30 s for the lock, held by ann@ctl (run r1), on [root@web1:22]
2026-11-21 09:12:40  [INFO] waiting up to 30 s for the lock, held by ann@ctl (run r2), on 2 nodes, and for 1 more
`,
    );
    expect((await play(events, { quiet: true })).stderr).toBe('');
  });

  test('is logged so many times at most, however often the holder changes', async () => {
    const events = Array.from({ length: 100 }, (_, at) => waits(at, `r${at}`, [web1]));
    expect((await play(events)).stderr.split('\n')).toHaveLength(21);
  });

  test('is an object with --json', async () => {
    const { stderr } = await play([waits(1500.4, 'r1', [web1])], { json: true });
    expect(JSON.parse(stderr)).toMatchObject({
      body: '',
      stream: 'status',
      waiting: {
        waitedMs: 1500,
        limitMs: 30_000,
        by: [{ nodes: ['[root@web1:22]'], holders: [{ run: 'r1', path: '/srv', pid: 7 }] }],
      },
    });
  });

  test('is one line with a counter on a terminal, whatever the tries do meanwhile, until the lock is got', async () => {
    let nowMs = 5000;
    const clock = { now: () => new Date(2026, 10, 21), monotonicMs: () => nowMs };
    const bench = makeBench({ clock }, { isTTY: true, columns: 200 });
    const redraw = () => new Promise((resolve) => setTimeout(resolve, 250));
    void hear(bench.output, { type: 'phase', phase: 'lock', nodes: 4 });
    void hear(bench.output, waits(0, 'r1', [web1]));
    void hear(bench.output, { type: 'node-done', phase: 'lock', node: web1 });
    nowMs += 12_000;
    void hear(bench.output, waits(12_000, 'r1', [web1]));
    await redraw();
    expect(bench.stderr.utf8).toContain(
      ' waiting 12 s for the lock, held by ann@ctl (run r1), on [root@web1:22]',
    );
    expect(bench.stderr.utf8).not.toContain('\n');
    void hear(bench.output, { type: 'phase', phase: 'lock', nodes: 4 });
    void hear(bench.output, { type: 'node-done', phase: 'lock', node: web1 });
    await redraw();
    expect(bench.stderr.utf8.split('\r\x1b[J').at(-1)).toContain('1/4');
    await bench.output.close();
  });
});

describe('the lock status', () => {
  const status: RunEvent = {
    type: 'lock-status',
    lockPath: '/srv',
    views: [
      { node: web1, holders: [holder('r1', 11)], orphans: [], flock: { kind: 'held', pid: 0 } },
      { node: web2, holders: [holder('r1', 12)], orphans: [], flock: { kind: 'unknown' } },
      {
        node: web3,
        holders: [holder('r2', 13, { kind: 'shared', reason: 'evil \x1b[2J\nname' })],
        orphans: [],
        flock: { kind: 'unknown' },
      },
      { node: db1, holders: [], orphans: [{ run: 'r0', pids: [4, 5] }], flock: { kind: 'held', pid: 99 } },
    ],
  };

  test('L14: shows every node, like ones once, with process ids where a node stands alone', async () => {
    const { stdout } = await play([status], { nodes });
    expect(stdout).toBe(`web[1-2] (2 nodes):
  /srv is held by ann@ctl since 2026-11-21T09:12:40Z (run r1: -C tail, lockstep 0.1.0)
web3:
  /srv is held by ann@ctl since 2026-11-21T09:12:40Z (run r2: -C tail, shared, reason: evil ^[[2J^Jname, lockstep 0.1.0, pid 13)
db1:
  run r0 has ended, but left work behind: pid 4, 5
  /srv is held by another tool (pid 99)
`);
  });

  test.each([
    ['free', '/srv is free'],
    ['missing', '/srv is free: there is no such file or directory'],
    ['unknown', '/srv is free, or held by another tool'],
  ] as const)('says of a path that is %s: %s', async (kind, text) => {
    const views = [{ node: web1, holders: [], orphans: [], flock: { kind } }];
    expect((await play([{ ...status, views }], { nodes: [web1] })).stdout).toBe(`web1:\n  ${text}\n`);
  });

  test('is one object a node with --json, and nothing in it moves a cursor', async () => {
    const { stdout } = await play([status], { nodes, json: true });
    expect(stdout).not.toContain('\x1b');
    const objects = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ host, lock }) => [host, lock.path, lock.state, lock.pid])).toEqual([
      ['web1', '/srv', 'held', undefined],
      ['web2', '/srv', 'held', undefined],
      ['web3', '/srv', 'held', undefined],
      ['db1', '/srv', 'other', 99],
    ]);
    expect(objects[3].lock.orphans).toEqual([{ run: 'r0', pids: [4, 5] }]);
    expect(objects[2].lock.holders[0]).toEqual({
      who: 'ann@ctl',
      run: 'r2',
      since: '2026-11-21T09:12:40Z',
      path: '/srv',
      reason: 'evil \x1b[2J\nname',
      command: '-C tail',
      version: '0.1.0',
      kind: 'shared',
      pid: 13,
    });
  });
});

test('a question stands on the terminal as it is, without a bar over it', async () => {
  const bench = makeBench({}, { isTTY: true });
  void hear(bench.output, { type: 'phase', phase: 'connect', nodes: 4 });
  void hear(bench.output, { type: 'question', text: 'break \x1b[2J it? [y/N] ' });
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(bench.stderr.utf8).toBe('break ^[[2J it? [y/N] ');
  await bench.output.close();
});

test.each([
  [
    'what is told while a question is open begins a line of its own',
    ['log', 'newline', 'answered'],
    '? [y/N] \nheld\n',
  ],
  [
    'the end of a question without Enter is that of its line',
    ['newline', 'answered', 'log'],
    '? [y/N] \nheld\n',
  ],
  ['an answer has ended its line itself', ['answered', 'log'], '? [y/N] held\n'],
])('%s', async (_what, order, shown) => {
  const events = {
    log: { type: 'log', level: 'warn', message: 'held' },
    newline: { type: 'question', text: '\n' },
    answered: { type: 'answered' },
  } as const;
  const bench = makeBench({ json: false, logFormat: '%s' }, { isTTY: true });
  void hear(bench.output, { type: 'question', text: 'break it? [y/N] ' });
  for (const name of order) void hear(bench.output, events[name as keyof typeof events]);
  await bench.output.close();
  expect(bench.stderr.utf8).toContain(shown);
});
