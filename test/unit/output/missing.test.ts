/** Who is waited for is said: in the bar, in the log where there is none, and to whoever asks. */

import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Phase, RunEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import { barTime } from './bar-time.ts';
import { hear, makeBench, makeNode } from './fixtures.ts';
import { Screen } from './screen.ts';

const nodes = [1, 2, 3, 4, 5].map((number) => makeNode(`web${number}`));
const [web1, web2, web3] = nodes as [Node, Node, Node];

const { clock, pass } = barTime();

const phase = (name: Phase): RunEvent => ({ type: 'phase', phase: name, nodes: 5 });
const done = (name: Phase, ...ended: Node[]) =>
  ended.map((node): RunEvent => ({ type: 'node-done', phase: name, node }));
const step = (...tools: Node[]) => tools.map((node): RunEvent => ({ type: 'node-step', node }));

type Bench = ReturnType<typeof makeBench>;

function play(bench: Bench, ...events: RunEvent[]): void {
  for (const event of events) void hear(bench.output, event);
}

/** The last line of the terminal. */
function bar({ stdout }: Bench): string {
  const screen = new Screen(100, { isReflowing: true });
  screen.write(stdout.utf8);
  return screen.lines().at(-1) ?? '';
}

const atTerminal = (all: readonly Node[] = nodes) =>
  makeBench({ nodes: all, clock }, { isTTY: true, isShared: true, columns: 100 });

describe('the bar', () => {
  test.each<Phase>(['connect', 'lock', 'exec', 'upload', 'commit', 'ending'])(
    'names the few that are missing after three seconds without news: %s',
    async (name) => {
      const bench = atTerminal();
      play(bench, phase(name), ...done(name, ...nodes.slice(0, 4)));
      await pass(2_000);
      expect(bar(bench)).toMatch(/ 4\/5 +2s$/);
      await pass(2_000);
      expect(bar(bench)).toMatch(/ 4\/5 +4s {2}web5$/);
      play(bench, ...done(name, nodes[4] as Node));
      await pass(4_000);
      expect(bar(bench)).toMatch(/ 5\/5 +8s$/);
    },
  );

  test('names none while they are many, nor one that is left out', async () => {
    const bench = atTerminal();
    play(bench, phase('connect'));
    await pass(4_000);
    expect(bar(bench)).not.toContain('web');
    play(
      bench,
      ...done('connect', ...nodes.slice(2)),
      { type: 'left-out', errors: [new LockstepError('unreachable', 'no', { node: web1 })] },
      phase('exec'),
    );
    play(bench, ...done('exec', ...nodes.slice(2)));
    await pass(4_000);
    expect(bar(bench)).toMatch(/ {2}web2$/);
  });

  test('names the tool for whose word all others wait at a barrier', async () => {
    const bench = atTerminal();
    play(bench, phase('exec'), ...step(...nodes), ...step(...nodes.filter((node) => node !== web3)));
    await pass(4_000);
    expect(bar(bench)).toMatch(/ {2}web3$/);
    play(bench, ...step(web3));
    await pass(4_000);
    expect(bar(bench)).not.toContain('web');
  });

  test('names those that still take files while others have them all, and none while the first ones come', async () => {
    const bench = atTerminal([web1, web2]);
    play(bench, { type: 'phase', phase: 'upload', nodes: 2, bytes: 1e9 });
    for (let sent = 1; sent < 60; sent++) {
      play(bench, { type: 'bytes', sent, node: web1, ofNode: sent });
      await pass(100);
    }
    expect(bar(bench)).not.toContain('web');
    play(bench, ...done('upload', web1));
    for (let sent = 60; sent < 100; sent++) {
      play(bench, { type: 'bytes', sent, node: web2, ofNode: sent });
      await pass(100);
    }
    expect(bar(bench)).toMatch(/ {2}web2$/);
  });

  test('names no node that needs nothing of an upload, but in the phases behind it', async () => {
    const bench = atTerminal([web1, web2]);
    play(bench, phase('survey'), { type: 'outcome', node: web1, outcome: { kind: 'ok' } });
    play(bench, { type: 'phase', phase: 'upload', nodes: 1, bytes: 1e9 });
    await pass(4_000);
    expect(bar(bench)).toMatch(/ {2}web2$/);
    play(bench, phase('exec'));
    await pass(4_000);
    expect(bar(bench)).toMatch(/ {2}web1, web2$/);
  });

  test('S9: shows a name of which a terminal would obey a part as characters', async () => {
    const bench = atTerminal([makeNode('we\x1b[2Jb\r\n')]);
    play(bench, phase('exec'));
    await pass(4_000);
    expect(bar(bench)).toMatch(/ {2}we\^\[\[2Jb\^M\^J$/);
  });
});

describe('without a bar', () => {
  const told = ({ stderr }: Bench) => stderr.utf8.split('\n').filter((line) => line.includes('waiting for'));

  test('the log names the few that are missing, after a while and then at doubled distance', async () => {
    const bench = makeBench({ nodes, clock });
    play(bench, phase('exec'), ...done('exec', ...nodes.slice(0, 3)));
    await pass(9_000);
    expect(told(bench)).toEqual([]);
    await pass(90_000);
    expect(told(bench).map((line) => line.slice(20))).toEqual(
      ['10 s', '20 s', '40 s', '1 min 20 s'].map(
        (quiet) => ` [INFO] still waiting for 2 of 5 nodes (exec, ${quiet}): [root@web4:22], [root@web5:22]`,
      ),
    );
    expect(bench.stdout.text).toBe('');
    await bench.output.close();
  });

  test.each([
    ['-q', { quiet: true }, {}, 4],
    ['stdout in a pipe of the same terminal', {}, { isTTY: true, isStdoutPiped: true }, 4],
    ['nobody who has ended', {}, {}, 0],
  ])('nothing is told with %s', async (_name, settings, shape, ended) => {
    const few = nodes.slice(0, 5);
    const bench = makeBench({ nodes: ended === 0 ? few.slice(0, 2) : few, clock, ...settings }, shape);
    play(bench, phase('exec'), ...done('exec', ...few.slice(0, ended)));
    await pass(30_000);
    expect(bench.stderr.text).toBe('');
    await bench.output.close();
  });
});

describe('whoever asks', () => {
  test('is told no node of a rollout whose turn has not come, and what is said of turns speaks of no connection', async () => {
    const bench = makeBench({ nodes, clock, verbose: 2 });
    const waits = (...those: Node[]) =>
      those.map((node): RunEvent => ({ type: 'node-waits', node, reason: { kind: 'halted' } }));
    const begins = (node: Node): RunEvent => ({ type: 'node-begun', phase: 'exec', node });
    play(bench, phase('exec'), ...waits(web2, web3, ...nodes.slice(3)), begins(web1), ...done('exec', web1));
    play(bench, begins(web2), begins(web3), { type: 'outcome', node: web1, outcome: { kind: 'ok' } });
    bench.output.tellAtWork();
    await bench.output.close();
    expect(bench.stderr.utf8).toContain('] at work on 2 of 5 nodes since ');
    expect(bench.stderr.utf8).toContain(': [root@web2:22], [root@web3:22]\n');
    expect(bench.stderr.utf8).not.toContain('connecting');
  });

  test.each([false, true])('is told which nodes are at work, and since when (-q: %s)', async (quiet) => {
    const bench = makeBench({ nodes, clock, quiet });
    bench.output.tellAtWork();
    play(bench, phase('exec'), ...done('exec', web1));
    await pass(34_000);
    bench.output.tellAtWork();
    await bench.output.close();
    const lines = bench.stderr.utf8.trimEnd().split('\n');
    expect(lines[0]).toContain('] no node is at work');
    expect(lines.at(-1)).toContain(
      '] at work on 4 of 5 nodes since 09:12:06 (exec, 34 s): [root@web2:22], [root@web3:22], [root@web4:22], [root@web5:22]',
    );
  });
});
