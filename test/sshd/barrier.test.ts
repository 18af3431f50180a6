/** Tools without WATCH know nothing of their peers: the controller must end them when a barrier cannot open any more. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { expectExit, pidOf, run, startScene, strays, untilAtRest } from './scene.ts';

let farm: Farm;
let odd: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  odd = farm.nodes[1] as FarmNode;
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

/** Passes a barrier, then does what the odd node does there, and waits for a second one on the others. */
const tool = (onOddNode: string) =>
  [
    'read -r prefix word',
    'barrier() { echo "$prefix SYNC $1"; count=0; while [ "$count" -lt 3 ]; do read -r _ word _ what; case $word$what in SYNC$1) count=$((count + 1)) ;; esac; done; }',
    'barrier first',
    `case $LOCKSTEP_NODE in *${odd.host}*) ${onOddNode} ;; esac`,
    'echo waiting; barrier second; echo never',
  ].join('\n');

const sync = (onOddNode: string, ...options: string[]) =>
  run(farm, [
    '--rollback-grace',
    '1s',
    '--kill-grace',
    '1s',
    ...options,
    '-n',
    tool(onOddNode),
    '-S',
    '--no-upload',
  ]);

describe('while the others wait in a barrier without WATCH', () => {
  test('a tool that fails on one node ends the run on all, and is named', async () => {
    const ran = await expectExit(sync('exit 3'), 1);
    expect(ran.stderr).toContain(`sync tool on [root@${odd.host}:22] exited with code 3`);
    expect(ran.stdout).not.toContain('never');
  });

  test('a tool that is killed on one node ends the run on all, and is named', async () => {
    const ran = await expectExit(sync('kill -KILL $$'), 1);
    expect(ran.stderr).toContain(`sync tool on [root@${odd.host}:22]`);
    expect(ran.stdout).not.toContain('never');
  });

  test('a node that loses its power ends the run on all, and is named (L8, L9)', async () => {
    const ran = sync('sleep 300');
    await pidOf(odd, /^sleep 300/);
    await until('the others wait', () => (ran.stdout.match(/waiting/g) ?? []).length === 2);
    await odd.kill();
    await expectExit(ran, 2);
    expect(ran.stderr).toContain(`[root@${odd.host}:22] can't receive heartbeat, the lock is lost`);
    expect(ran.stdout).not.toContain('never');
    await until('the others are ended', () =>
      farm.nodes.every((node) => node === odd || strays(node).length === 0),
    );
    await odd.boot();
  });

  test('a tool that ends well without its SYNC ends the run after --barrier-timeout, and is named with who waits', async () => {
    const ran = await expectExit(sync('exit 0', '--barrier-timeout', '1s'), 124);
    expect(ran.stderr).toContain(
      `sync tool on [root@${odd.host}:22] has ended, and for 1 s nothing came from [root@${farm.nodes[0]?.host}:22], [root@${farm.nodes[2]?.host}:22]`,
    );
    expect(ran.stdout).not.toContain('never');
  });
});
