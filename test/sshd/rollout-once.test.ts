/** A rollout that several people go on with, and one whose journal finds no room. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { until } from '../farm/process.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(3);
});
afterAll(() => farm?.stop());
afterEach(async () => {
  await untilAtRest(farm.nodes);
  for (const node of farm.nodes) await node.run('rm -f /run/begun /run/go');
});

/** Writes down that it has begun. */
const COUNTED = 'echo x >>/run/begun; until [ -e /run/go ]; do sleep 0.05; done';
const counts = async () => {
  const lines = farm.nodes.map(async (node) => (await node.run('cat /run/begun 2>/dev/null || :')).stdout);
  return (await Promise.all(lines)).map((text) => text.split('\n').length - 1);
};
/** A rollout that is halted when its first node has begun. */
async function halted(env: Record<string, string>, lock = '--lock-wait=60s'): Promise<string> {
  const ran = run(farm, [lock, '--batch', '1', '-C', COUNTED], { env });
  await until('the first node is at work', async () => (await counts())[0] === 1);
  ran.kill('SIGINT');
  await until('it is halted', () => ran.stderr.includes('halted: nothing more starts'));
  for (const node of farm.nodes) await node.run('touch /run/go');
  await expectExit(ran, 130);
  expect(await counts()).toEqual([1, 0, 0]);
  return newest(env.XDG_STATE_HOME ?? '');
}

const newest = (home: string) => readdirSync(join(home, 'lockstep/runs')).sort().at(-1) ?? '';

test.each(['--lock-wait=60s', '-y'])(
  'R5: of two that go on with a rollout at once one does, and none later (%s)',
  async (lock) => {
    const env = { XDG_STATE_HOME: join(farm.home, `twice${lock}`) };
    const first = await halted(env, lock);
    const goOn = () => lockstep(['resume', first], { farm, env });
    const both = [goOn(), goOn()];
    const codes = await Promise.all(both.map(async ({ exited }) => (await exited).code));
    expect(codes.filter((code) => code === 64)).toHaveLength(1);
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(
      new RegExp(`run \\S+ (goes|has gone) on with run ${first} already`),
    );
    await expectExit(goOn(), 64);
    await expectExit(lockstep(['retry', first], { farm, env }), 64);
    expect(await counts()).toEqual([1, 1, 1]);
  },
);

test('R5, J3: where the disk of the journal is full a rollout does not begin, and resume goes on with the one before', async () => {
  const full = join(farm.home, 'full');
  mkdirSync(full, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k,mode=700', 'none', full]);
  farm.atStop(() => execFileSync('umount', ['-l', full]));
  const env = { XDG_STATE_HOME: full };
  const first = await halted(env);
  const fill = join(full, 'fill');
  try {
    writeFileSync(fill, Buffer.alloc(1024 * 1024));
  } catch {
    // As much as there is room for.
  }
  const refused = await expectExit(lockstep(['resume', 'last'], { farm, env }), 74);
  expect(refused.stderr).toContain('the journal of this rollout cannot be written');
  expect(await counts()).toEqual([1, 0, 0]);
  expect(newest(full)).toBe(first);
  // Another run costs it a warning; but nobody takes an older one for the last.
  expect((await expectExit(run(farm, ['-C', 'true'], { env }), 0)).stderr).toContain('is not whole');
  const torn = readdirSync(join(full, 'lockstep/runs')).filter((name) => name !== first);
  const passedOver = await expectExit(lockstep(['resume', 'last'], { farm, env }), 64);
  expect(passedOver.stderr).toContain(`run ${torn.join()} cannot be read: request.json is not whole`);
  expect(readFileSync(fill).length).toBeGreaterThan(0);
  expect(await counts()).toEqual([1, 0, 0]);
});
