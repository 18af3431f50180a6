/**
 * How often a run waits for its nodes, one wait behind the other, from its first byte to its exit: counted by a proxy
 * that delays each way (test/farm/delaying-proxy.ts). What the round trips are spent on stands in bench/README.md.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DelayingProxy, delayingProxy } from '../farm/delaying-proxy.ts';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { expectExit, startScene } from './scene.ts';

/** Behind each, what was measured. */
const BUDGETS = {
  withLock: 9, // 9
  withoutLock: 9, // 8
  oneNode: 9, // 8
  stepInSession: 1, // 1
  // Four more than a command: docs/ARCHITECTURE.md has them, message by message.
  smallUpload: 13, // 13
} as const;

/** Of each way: long against what a busy machine takes for the work between two flights. */
const DELAY_MS = 120;

const PROGRAM = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
const STEPS = 'for i in $(seq "$2"); do "$0" "$1" -C true || exit; done';

describe('the round trips of a run', () => {
  let farm: Farm;
  let proxy: DelayingProxy;

  beforeAll(async () => {
    farm = await startScene(3);
    proxy = await delayingProxy(farm, farm.nodes, DELAY_MS);
  });
  afterAll(() => farm?.stop());

  test.each([
    ['a command on three nodes, with lock', 'withLock', 3, ['-C', 'true']],
    ['a command on three nodes, without lock', 'withoutLock', 3, ['-y', '-C', 'true']],
    ['a command on one node', 'oneNode', 1, ['-C', 'true']],
  ] as const)('%s: no more than its budget', async (_what, name, nodes, words) => {
    expect(await least(BUDGETS[name], () => trips(nodes, words))).toBeLessThanOrEqual(BUDGETS[name]);
  });

  test.each([3, 1])(
    'an upload of one small file to so many nodes, %d: no more than its budget',
    async (nodes) => {
      const file = join(farm.home, 'small');
      const upload = () => {
        // Of another length: what only its bytes could tell is asked once more.
        appendFileSync(file, 'a line\n');
        return trips(nodes, ['-r', '/srv/app', '-U', file]);
      };
      expect(await least(BUDGETS.smallUpload, upload)).toBeLessThanOrEqual(BUDGETS.smallUpload);
    },
  );

  test('a step in a session: no more than its budget', async () => {
    const ofSteps = async (steps: number) =>
      trips(3, ['-L', '--', 'sh', '-c', STEPS, process.execPath, PROGRAM, `${steps}`]);
    const step = () => ofSteps(1).then(async (one) => ((await ofSteps(3)) - one) / 2);
    expect(await least(BUDGETS.stepInSession, step)).toBeLessThanOrEqual(BUDGETS.stepInSession);
  });

  async function trips(nodes: number, words: readonly string[]): Promise<number> {
    const targets = proxy.doors.slice(0, nodes).flatMap((door) => ['-o', `root@${door}`]);
    proxy.begin();
    await expectExit(lockstep([...targets, ...words], { farm }), 0);
    const count = proxy.roundTrips();
    expect(count).toBeGreaterThan(3);
    return count;
  }
});

/** A machine that stops for as long as a flight takes makes one run look worse, and never better. */
async function least(budget: number, count: () => Promise<number>): Promise<number> {
  let found = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5 && found > budget; tries++) found = Math.min(found, await count());
  return found;
}
