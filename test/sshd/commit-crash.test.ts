import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listing,
  listings,
  pidOf,
  replaceProgram,
  run,
  startScene,
  untilAtRest,
  untilFree,
} from './scene.ts';

/** A perl that carries out a part of a switch, waits, and does the rest when it is let go on: one that is stopped the keeper would wake. */
const HALTING_PERL = `#!/bin/sh
[ "$3" = switch ] || exec /usr/bin/perl.real "$@"
rm -rf /run/halted /run/go
sed 's/^sub put {/sub put { if (++$main::puts == 3) { mkdir "\\/run\\/halted"; select(undef, undef, undef, 0.05) until -e "\\/run\\/go" }/' executor.pl >/run/halting.pl
exec /usr/bin/perl.real -C0 /run/halting.pl switch
`;
const MAKE_OLD = `rm -rf /srv/app; mkdir -p /srv/app/conf; cd /srv/app; for name in 1 2 3 4 5; do echo old >conf/$name; done
  touch -d @1.5 conf/* conf . /srv`;

let farm: Farm;
let others: readonly FarmNode[];
let slow: FarmNode;
let old: string;
let giveBack: () => Promise<void>;

beforeAll(async () => {
  farm = await startScene(3);
  others = farm.nodes.slice(0, 2);
  slow = farm.nodes[2] as FarmNode;
  mkdirSync(join(farm.home, 'conf/new'), { recursive: true });
  for (const name of ['1', '2', '3', '6', 'new/7']) writeFileSync(join(farm.home, 'conf', name), 'new');
});
afterAll(() => farm?.stop());

beforeEach(async () => {
  for (const node of farm.nodes) await node.run(MAKE_OLD);
  old = await listing(slow, '/srv');
  expect(new Set(await listings(farm.nodes, '/srv'))).toEqual(new Set([old]));
  giveBack = await replaceProgram(slow, '/usr/bin/perl', HALTING_PERL);
});
afterEach(async () => {
  await giveBack();
});

/** An upload that has switched on the other nodes, and stands still halfway on the slow one. */
async function halfCommitted(...args: string[]): Promise<{ ran: Lockstep; perl: number }> {
  const ran = run(farm, [...args, '-U', '-e', '-r', '/srv/app', 'conf']);
  const perl = await pidOf(slow, /halting\.pl switch/);
  await until('half of the switch is done', async () => (await slow.run('test -d /run/halted')).code === 0);
  for (const node of others)
    await until('the others are new', async () => (await node.run('test -e /srv/app/conf/new/7')).code === 0);
  expect(await listing(slow, '/srv')).not.toBe(old);
  return { ran, perl };
}

/** What the next run says of the one before. */
async function warning(): Promise<string> {
  await untilAtRest(farm.nodes);
  const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
  await expectNothingLeft(farm.nodes);
  const again = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
  expect(again.stderr).toBe('');
  return next.stderr;
}

const names = (nodes: readonly FarmNode[]) => nodes.map(({ host }) => `[root@${host}:22]`).join(', ');

const expectOld = async (nodes: readonly FarmNode[]) =>
  expect(new Set(await listings(nodes, '/srv'))).toEqual(new Set([old]));

describe('kill -9 of the controller during the commit', () => {
  test('lets no switch be ended in the middle, takes all nodes back, and holds the lock until then (F1, L6)', async () => {
    const { ran } = await halfCommitted();
    ran.kill('SIGKILL');
    await untilFree(others);
    await expectOld(others);
    expect(await slow.run('flock -n / true')).toMatchObject({ code: 1 });
    await slow.run('mkdir /run/go');
    await untilFree([slow]);
    await expectOld(farm.nodes);
    expect(await warning()).toContain(`ended after its commit had begun; wholly old: ${names(farm.nodes)}`);
  });

  test('when the switch is killed too, takes that node back to its start, and the next run says so (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    ran.kill('SIGKILL');
    process.kill(perl, 'SIGKILL');
    await untilFree(farm.nodes);
    await expectOld(farm.nodes);
    expect(await warning()).toContain(`begun; wholly old: ${names(farm.nodes)}`);
  });

  test('when the whole commit is killed too, its keeper takes that node back (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    ran.kill('SIGKILL');
    process.kill(await pidOf(slow, /lockstep-hand \S+ p /), 'SIGKILL');
    process.kill(perl, 'SIGKILL');
    await untilFree(farm.nodes);
    await expectOld(farm.nodes);
    expect(await warning()).toContain(`begun; wholly old: ${names(farm.nodes)}`);
  });
});

describe('a commit', () => {
  test('that fails on one node is taken back there alone with --on-failure keep, which is exit code 5 (F1)', async () => {
    const { ran, perl } = await halfCommitted('--on-failure', 'keep');
    process.kill(perl, 'SIGKILL');
    await expectExit(ran, 5);
    expect(ran.stderr).toContain('the commit failed on 1 of 3 nodes; the others have the new files');
    expect(ran.stderr).toContain(slow.host);
    await expectOld([slow]);
    for (const text of await listings(others, '/srv')) expect(text).toContain('/srv/app/conf/new/7 f');
    expect(await warning()).toBe('');
  });

  test('whose worker is killed on one node is taken back there by the keeper, and everywhere (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    process.kill(await pidOf(slow, /lockstep-hand \S+ p /), 'SIGKILL');
    process.kill(perl, 'SIGKILL');
    await expectExit(ran, 4);
    expect(ran.stderr).toContain('the files could not be put in place on 1 of 3 nodes; all were taken back');
    await expectOld(farm.nodes);
    expect(await warning()).toBe('');
  });

  test('that SIGINT meets in the middle is taken back, and the run says how each node ended (L15)', async () => {
    const { ran } = await halfCommitted();
    ran.kill('SIGINT');
    await slow.run('mkdir /run/go');
    await expectExit(ran, 130);
    expect(ran.stderr).toContain(
      `this run ended after its commit had begun; wholly old: ${names(farm.nodes)}`,
    );
    await expectOld(farm.nodes);
    expect(await warning()).toBe('');
  });

  test('that a power failure cuts is taken back by the next run, which says so (F1, F14, L9)', async () => {
    const { ran } = await halfCommitted();
    await slow.kill();
    await expectExit(ran, 2);
    expect(ran.stderr).toContain(slow.host);
    await expectOld(others);
    await slow.boot();
    const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
    expect(next.stderr).toContain(`ended after its commit had begun; wholly old: ${names([slow])}`);
    await expectOld([slow]);
    expect(await warning()).toBe('');
  });
});
