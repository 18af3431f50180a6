/** Rollouts: how many nodes are at work at once, in which order, and what ends them. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { until } from '../farm/process.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(4);
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

/** Each command prints when it has begun and when it ends, by the one clock of this machine. */
const MARKED = 'echo $(hostname) begins $(date +%s%N); sleep 0.5; echo $(hostname) ends $(date +%s%N)';
const failing = (nodes: string) => `case $(hostname) in ${nodes}) echo failed; exit 3 ;; esac; echo done`;

/** `node-1 begins`, in the order of the marks. */
function marks(stdout: string): string[] {
  const found = [...stdout.matchAll(/(node-\d+) (begins|ends) (\d+)/g)].map(([, node, what, at]) => ({
    mark: `${node} ${what}`,
    at: BigInt(at ?? 0),
  }));
  return found.sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ mark }) => mark);
}

function mostAtOnce(stdout: string): number {
  let now = 0;
  return Math.max(...marks(stdout).map((mark) => (now += mark.endsWith('begins') ? 1 : -1)));
}

test('R1, PG-14: --batch 2: of four nodes two are at work, never three, and all have their turn', async () => {
  const command = MARKED.replace('sleep 0.5', 'until [ -e /run/go ]; do sleep 0.05; done');
  const ran = run(farm, ['--batch', '2', '-C', command]);
  await until('two are at work', () => marks(ran.stdout).length === 2);
  for (const node of farm.nodes) await node.run('touch /run/go');
  await expectExit(ran, 0);
  for (const node of farm.nodes) await node.run('rm /run/go');
  expect(mostAtOnce(ran.stdout)).toBe(2);
  expect(marks(ran.stdout)).toHaveLength(8);
  expect(ran.stderr).toContain('a rollout on 4 nodes: at most 2 at once (--batch)');
});

test('R4, PG-16: --max-down 50%: two that failed keep both places; the others never begin, which is told, and written down', async () => {
  const list = join(tmpdir(), `lockstep-rollout-${process.pid}`);
  const args = ['--max-down', '50%', '--failed-to', list, '-C', failing('node-1|node-2')];
  const ran = await expectExit(run(farm, args), 1);
  expect(ran.stdout).not.toContain('done');
  expect(ran.stderr).toContain('the rollout cannot go on: what failed keeps the others from starting');
  expect(ran.stderr).toMatch(/not done, since what failed keeps all 2 places of --max-down: \S+, \S+/);
  expect(readFileSync(list, 'utf8').trimEnd().split('\n')).toHaveLength(4);
  rmSync(list);
});

test('--batch: one that fails gives its place back', async () => {
  const ran = await expectExit(run(farm, ['--batch', '1', '-C', failing('node-1')]), 1);
  expect(ran.stdout.match(/done/g)).toHaveLength(3);
});

test('--canary: where it fails the rest never begins, and JSON tells why', async () => {
  const ran = await expectExit(run(farm, ['--json', '--canary', '1', '-C', failing('node-1')]), 1);
  expect(ran.stdout).not.toContain('done');
  const ends = ran.stderr.split('\n').flatMap((line) => {
    if (!line.includes('"status"')) return [];
    const { outcome, reason } = JSON.parse(line);
    return [`${outcome} ${reason ?? ''}`];
  });
  const [node] = farm.nodes;
  const skipped = `skipped since [root@${node?.host}:22] failed in the canary`;
  expect(ends.sort()).toEqual(['exit ', skipped, skipped, skipped]);
});

test('--order: the last node first; those that are not named start at once', async () => {
  const [one, two, , four] = farm.nodes.map(({ host }) => host);
  const last = farm.nodes[3];
  const held = `[ $(hostname) != node-4 ] || until [ -e /run/go ]; do sleep 0.05; done`;
  const command = MARKED.replace('sleep 0.5', held);
  const ran = run(farm, ['--order', `${four},${one},${two}`, '-C', command]);
  await ran.waitForOutput(/node-3 begins/);
  await last?.run('touch /run/go');
  await expectExit(ran, 0);
  await last?.run('rm /run/go');
  const named = marks(ran.stdout).filter((mark) => !mark.startsWith('node-3'));
  expect(named.map((mark) => mark.replace('node-', ''))).toEqual([
    '4 begins',
    '4 ends',
    '1 begins',
    '1 ends',
    '2 begins',
    '2 ends',
  ]);
  expect(marks(ran.stdout).slice(0, 2)).toContain('node-3 begins');
});

test('R2: the first Ctrl-C halts: what runs ends by itself, nothing more starts, exit 130', async () => {
  const held = 'echo begun; until [ -e /run/go ]; do sleep 0.05; done; echo done';
  const ran = run(farm, ['--batch', '1', '-C', held]);
  await until('the first command runs', () => ran.stdout.includes('begun'));
  ran.kill('SIGINT');
  await until('it is halted', () => ran.stderr.includes('halted'));
  for (const node of farm.nodes) await node.run('touch /run/go');
  await expectExit(ran, 130);
  for (const node of farm.nodes) await node.run('rm /run/go');
  expect(ran.stdout.match(/done/g)).toHaveLength(1);
  expect(ran.stderr).toContain(
    'halted: nothing more starts on 3 nodes, 1 node at work comes to its end by itself;',
  );
  expect(ran.stderr).toContain('not done, since the run was halted (3 nodes)');
});

test('TERM ends a rollout at once, and so does the second Ctrl-C', async () => {
  const hard = run(farm, ['--batch', '1', '-C', 'echo begun; sleep 300; echo done']);
  await until('the first command runs', () => hard.stdout.includes('begun'));
  hard.kill('SIGTERM');
  await expectExit(hard, 143);

  const ran = run(farm, ['--batch', '1', '-C', 'echo begun; sleep 300; echo done']);
  await until('the first command runs', () => ran.stdout.includes('begun'));
  ran.kill('SIGINT');
  await until('it is halted', () => ran.stderr.includes('halted'));
  ran.kill('SIGINT');
  await expectExit(ran, 130);
  expect(ran.stdout).not.toContain('done');
});

test('R2: from another terminal a rollout is halted, resumed, tried again on a node, and goes on without one; what a killed one leaves goes with the next', async () => {
  const doors = join(farm.home, '.local/state/lockstep/doors');
  const [one, two, three, four] = farm.nodes.map(({ host }) => host);
  const isOpen = () => existsSync(doors) && readdirSync(doors).length === 1;
  const ask = async (code: number, ...words: string[]) => {
    const asked = await expectExit(lockstep(words, { farm, input: '' }), code);
    return code === 64 ? asked.stderr : asked.stdout;
  };
  const ran = run(farm, [
    ...['--order', `${two},${three},${four}`, '-C'],
    'case $(hostname) in node-1) [ -e /run/go ] || { echo failed; exit 3; } ;; node-2) until [ -e /run/go ]; do sleep 0.1; done ;; esac; echo done',
  ]);
  await ran.waitForOutput(/failed/);
  await until('its door is open', isOpen);
  expect(await ask(64, 'skip', 'last', 'nowhere')).toMatch(/no node of run \S+ is 'nowhere'/);
  expect(await ask(0, 'halt', 'last')).toMatch(
    /is halted, nothing more starts: \d nodes? at work, 2 nodes not begun\n$/,
  );
  expect(await ask(1, 'skip', '-1', `${two}`, `${four}`)).toBe(
    `root@${four} (1): skipped, and holds up nothing\nroot@${two} (1): refused, at work\n`,
  );
  expect(await ask(0, 'resume', 'last')).toMatch(/ goes on: \d nodes? at work, 1 node not begun\n$/);
  await farm.nodes[0]?.run('touch /run/go');
  expect(await ask(0, 'retry', 'last', `${one}`)).toBe(
    `root@${one} (1): starts again, as soon as limits have a place\n`,
  );
  await farm.nodes[1]?.run('touch /run/go');
  await expectExit(ran, 1);
  expect(ran.stdout.match(/done/g)).toHaveLength(3);
  expect(ran.stderr).toContain('all had their turn but 1 node');
  expect(ran.stderr).toContain('asked from another terminal: skip');
  expect(ran.stderr).toMatch(/not done, as somebody wanted it skipped/);
  expect(readdirSync(doors)).toEqual([]);

  const killed = run(farm, ['--batch', '1', '-C', 'echo begun; sleep 60']);
  await killed.waitForOutput(/begun/);
  await until('its door is open', isOpen);
  killed.kill('SIGKILL');
  await killed.exited;
  expect(await ask(64, 'halt', 'last')).toMatch(/run \S+ is over/);
  await untilAtRest(farm.nodes);
  const [left] = readdirSync(doors);
  const next = run(farm, ['--batch', '4', '-C', 'until [ -e /run/on ]; do sleep 0.1; done; rm /run/on']);
  await until('its door alone is there', () => isOpen() && readdirSync(doors)[0] !== left);
  for (const node of farm.nodes) await node.run('rm -f /run/go; touch /run/on');
  await expectExit(next, 0);
  expect(readdirSync(doors)).toEqual([]);
});

test('R5: a node that is down stays so where a retry finds the lock taken: resume begins nobody in its place, and retry heals all', async () => {
  const again = (word: string, code: number) => expectExit(lockstep([word, 'last'], { farm }), code);
  await farm.nodes[0]?.run('touch /run/broken');
  const command = 'echo at work; test ! -e /run/broken';
  await expectExit(run(farm, ['--max-down', '1', '-C', command]), 1);
  const holder = run(farm, ['--no-journal', '-L'], { nodes: farm.nodes.slice(3) });
  await holder.waitForOutput(/waiting for interrupt/);
  expect((await again('retry', 75)).stdout).toBe('');
  holder.kill('SIGINT');
  await holder.exited;
  const resumed = await again('resume', 1);
  expect(resumed.stdout).toBe('');
  expect(resumed.stderr).toContain(`an earlier run has left down: [root@${farm.nodes[0]?.host}:22]`);
  await farm.nodes[0]?.run('rm /run/broken');
  expect((await again('retry', 0)).stdout.match(/at work/g)).toHaveLength(4);
});
