/** Rollouts by a file: orders, limits and hooks on real nodes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { scratchForFile } from '../scratch.ts';
import { expectExit, run, startScene } from './scene.ts';

let farm: Farm;
const directory = scratchForFile();

beforeAll(async () => {
  farm = await startScene(4);
});
afterAll(() => farm?.stop());

const MARKED = 'echo $(hostname) begins $(date +%s%N); sleep 0.3; echo $(hostname) ends $(date +%s%N)';

/** `1 begins`, in the order of the marks. */
function marks(stdout: string): string[] {
  return [...stdout.matchAll(/node-(\d+) (\w+) (\d+)/g)]
    .map(([, node, what, at]) => ({ mark: `${node} ${what}`, at: BigInt(at ?? 0) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ mark }) => mark);
}

/** `$1` is the first node. */
function written(text: string): string {
  const path = join(directory, 'rollout.yaml');
  writeFileSync(
    path,
    text.replace(/\bn(\d)\b/g, (_, at) => farm.nodes[Number(at) - 1]?.host ?? ''),
  );
  return path;
}

const TAGS = 'tag: {colo: {na: [n1, n2], sea: [n3, n4]}, frontend: [n1, n3], backend: [n2, n4]}\n';

test('R1, PG-1: --rollout: the second step starts when all of the first is done', async () => {
  const file = written(`${TAGS}sequence: [$colo.na, $colo.sea]`);
  const { stdout } = await expectExit(run(farm, ['--rollout', file, '-C', MARKED]), 0);
  const found = marks(stdout);
  expect(found.slice(0, 4).sort()).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  expect(found.slice(4).sort()).toEqual(['3 begins', '3 ends', '4 begins', '4 ends']);
});

test('PG-4: --rollout: two orders side by side, each within its tag', async () => {
  const file = written(
    `${TAGS}sequence: {$frontend: [$colo.na, $colo.sea], $backend: [$colo.sea, $colo.na]}`,
  );
  const { stdout } = await expectExit(run(farm, ['--rollout', file, '-C', MARKED]), 0);
  const found = marks(stdout);
  const of = (nodes: RegExp) => found.filter((mark) => nodes.test(mark));
  expect(of(/^[13]/)).toEqual(['1 begins', '1 ends', '3 begins', '3 ends']);
  expect(of(/^[24]/)).toEqual(['4 begins', '4 ends', '2 begins', '2 ends']);
});

test('PG-7: --rollout: hosts in reverse; one of the file that is no target is left alone, and hooks run around each', async () => {
  const hooks = `hooks: {before: 'echo $(hostname) drains $(date +%s%N)', after: 'echo $(hostname) returns $(date +%s%N)'}`;
  const file = written(
    `sequence: [n9, n3, n2, n1]\nconstraint: {}\n${hooks}`.replace('n9', 'nowhere.example'),
  );
  const { stdout } = await expectExit(run(farm, ['--rollout', file, '-C', MARKED]), 0);
  const turn = (node: number) => ['drains', 'begins', 'ends', 'returns'].map((what) => `${node} ${what}`);
  expect(marks(stdout).filter((mark) => !mark.startsWith('4'))).toEqual([3, 2, 1].flatMap(turn));
});

test('PG-9: --rollout: at most one of each value, and a hook that fails keeps its command from running', async () => {
  const hooks = `hooks: {before: '[ $(hostname) != node-2 ]', on_failure: 'echo $(hostname) pages $(date +%s%N)'}`;
  const file = written(`${TAGS}constraint: {$colo: {max_parallel: 1}}\non_failure: release\n${hooks}`);
  const ran = await expectExit(run(farm, ['--rollout', file, '-C', MARKED]), 1);
  const found = marks(ran.stdout);
  expect(found.filter((mark) => /^[12]/.test(mark))).toEqual(['1 begins', '1 ends', '2 pages']);
  expect(found.filter((mark) => /^[34]/.test(mark))).toEqual(['3 begins', '3 ends', '4 begins', '4 ends']);
  expect(ran.stderr).toContain('the hook before failed: exit code 1');
});

test('R6: --plan: tells of each node, and connects to none', async () => {
  const file = written(`${TAGS}sequence: [$colo.na, $colo.sea]`);
  const { stdout } = await expectExit(
    run(farm, ['-o', 'nowhere.example', '--rollout', file, '--plan', '-C', 'x']),
    0,
  );
  expect(stdout).toContain('1. $colo.na: 2 nodes, all at once');
  expect(stdout).toContain('nowhere.example');
});
