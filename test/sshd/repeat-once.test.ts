/** A run, no rollout, that several people retry or resume: each node is done by one of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
});
afterAll(() => farm?.stop());
afterEach(async () => {
  await untilAtRest(farm.nodes);
  for (const node of farm.nodes) await node.run('rm -f /run/begun /run/well');
});

const counts = async () => {
  const lines = farm.nodes.map(async (node) => (await node.run('wc -l </run/begun')).stdout);
  return (await Promise.all(lines)).map(Number);
};

test.each(['--lock-wait=60s', '-y'])(
  'J7: of two that retry a run at once one does, and none later (%s)',
  async (lock) => {
    const env = { XDG_STATE_HOME: join(farm.home, `twice${lock}`) };
    await expectExit(run(farm, [lock, '-C', 'echo x >>/run/begun; sleep 1; [ -e /run/well ]'], { env }), 1);
    const [first = ''] = readdirSync(join(env.XDG_STATE_HOME, 'lockstep/runs'));
    for (const node of farm.nodes) await node.run('touch /run/well');
    const retry = () => lockstep(['retry', first], { farm, env });
    const both = [retry(), retry()];
    const codes = await Promise.all(both.map(async ({ exited }) => (await exited).code));
    expect(codes.toSorted()).toEqual([0, 64]);
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(
      new RegExp(`run \\S+ (repeats|has repeated) run ${first}`),
    );
    expect((await expectExit(retry(), 64)).stderr).toMatch(
      /of the 2 nodes that this would take 2 ok\n.*lockstep show/,
    );
    expect(await counts()).toEqual([2, 2]);
  },
);
