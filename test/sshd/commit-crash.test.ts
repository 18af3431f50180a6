import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  leftovers,
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

/** An upload whose commit is done on the other nodes, and stands still halfway on the slow one. */
async function halfCommitted(): Promise<{ ran: Lockstep; perl: number }> {
  const ran = run(farm, ['-U', '-e', '-r', '/srv/app', 'conf']);
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
  for (const node of farm.nodes) expect(await leftovers(node)).toBe('');
  const again = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
  expect(again.stderr).toBe('');
  return next.stderr;
}

const names = (nodes: readonly FarmNode[]) => nodes.map(({ host }) => `[root@${host}:22]`).join(', ');

describe('kill -9 of the controller during the commit', () => {
  test('lets a commit that has begun come to its end, and holds the lock until then (L6)', async () => {
    const { ran } = await halfCommitted();
    ran.kill('SIGKILL');
    await untilFree(others);
    expect(await slow.run('flock -n / true')).toMatchObject({ code: 1 });
    await slow.run('mkdir /run/go');
    await untilFree([slow]);
    const fresh = await listings(farm.nodes, '/srv');
    expect(fresh[2]).toContain('/srv/app/conf/new/7 f');
    expect(fresh[2]).toBe(fresh[0]);
    expect(await warning()).toContain(`ended after its commit had begun; wholly new: ${names(farm.nodes)}`);
  });

  test('when the switch is killed too, takes that node back to its start, and the next run says so (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    ran.kill('SIGKILL');
    process.kill(perl, 'SIGKILL');
    await untilFree(farm.nodes);
    expect(await listing(slow, '/srv')).toBe(old);
    expect(await warning()).toContain(`begun; wholly new: ${names(others)}; wholly old: ${names([slow])}`);
  });

  test('when the whole commit is killed too, its keeper takes that node back (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    ran.kill('SIGKILL');
    process.kill(await pidOf(slow, /lockstep-hand \S+ p /), 'SIGKILL');
    process.kill(perl, 'SIGKILL');
    await untilFree(farm.nodes);
    expect(await listing(slow, '/srv')).toBe(old);
    expect(await warning()).toContain(`begun; wholly new: ${names(others)}; wholly old: ${names([slow])}`);
  });
});

describe('a commit', () => {
  test('that fails on one node is taken back there, and the run names that node with exit code 5 (F1)', async () => {
    const { ran, perl } = await halfCommitted();
    process.kill(perl, 'SIGKILL');
    await expectExit(ran, 5);
    expect(ran.stderr).toContain('the commit failed on 1 of 3 nodes; the others have the new files');
    expect(ran.stderr).toContain(slow.host);
    expect(await listing(slow, '/srv')).toBe(old);
    expect(await warning()).toBe('');
  });

  test('that SIGINT meets in the middle comes to its end, and the run says how each node ended (L15)', async () => {
    const { ran } = await halfCommitted();
    ran.kill('SIGINT');
    await slow.run('mkdir /run/go');
    await expectExit(ran, 130);
    expect(ran.stderr).toContain(
      `this run ended after its commit had begun; wholly new: ${names(farm.nodes)}`,
    );
    const fresh = await listings(farm.nodes, '/srv');
    expect(fresh[2]).toContain('/srv/app/conf/new/7 f');
    expect(fresh[2]).toBe(fresh[0]);
    expect(await warning()).toBe('');
  });

  test('that a power failure cuts is taken back by the next run, which says so (F1, F14, L9)', async () => {
    const { ran } = await halfCommitted();
    await slow.kill();
    await expectExit(ran, 2);
    expect(ran.stderr).toContain(slow.host);
    await slow.boot();
    const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
    expect(next.stderr).toContain(`ended after its commit had begun; wholly old: ${names([slow])}`);
    expect(await listing(slow, '/srv')).toBe(old);
    expect(await warning()).toBe('');
  });
});
