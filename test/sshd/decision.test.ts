import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listings,
  replaceProgram,
  run,
  startScene,
  untilAtRest,
  untilFree,
} from './scene.ts';

const MAKE_OLD = `rm -rf /srv/app /root/hold /root/bad; mkdir -p /srv/app/conf; cd /srv/app; umask 027
  for name in 1 2 3; do echo old >conf/$name; done; chown worker:plain conf/2; ln -s 1 conf/link
  touch -h -d @1.123456789 conf/* conf . /srv`;
/** Comes to no end while the test holds it; says what is in place, and fails where the test wants that. */
const CHECK =
  'cat conf/1; touch /root/checked; while test -e /root/hold; do sleep 0.1; done; test ! -e /root/bad || exit 3';
/** A perl that fails in the middle of a switch, or waits in the middle of an undo. */
const FAILING_PERL = `#!/bin/sh
[ "$3" = switch ] || exec /usr/bin/perl.real "$@"
sed 's/^sub put {/sub put { if (++$main::puts == 3) { print "no luck"; exit 1 }/' executor.pl >/run/failing.pl
exec /usr/bin/perl.real -C0 /run/failing.pl switch
`;
const HALTING_PERL = `#!/bin/sh
[ "$3" = undo ] || exec /usr/bin/perl.real "$@"
mkdir -p /run/halted
exec sleep 1000
`;

let farm: Farm;
let last: FarmNode;
let others: readonly FarmNode[];
let old: string[];

beforeAll(async () => {
  farm = await startScene(4);
  last = farm.nodes[3] as FarmNode;
  others = farm.nodes.slice(0, 3);
  mkdirSync(join(farm.home, 'conf/new'), { recursive: true });
  for (const name of ['1', '2', 'new/4']) writeFileSync(join(farm.home, 'conf', name), 'new\n');
});
afterAll(() => farm?.stop());

beforeEach(async () => {
  await Promise.all(farm.nodes.map((node) => node.run(MAKE_OLD)));
  old = await listings(farm.nodes, '/srv');
});

const UPLOAD = ['--kill-grace', '1s', '-r', '/srv/app', '-e'];
const upload = (...args: string[]) => run(farm, [...UPLOAD, ...args, '-U', 'conf']);
const id = ({ host }: FarmNode) => `[root@${host}:22]`;

async function expectAllOld(): Promise<void> {
  await untilFree(farm.nodes);
  await untilAtRest(farm.nodes);
  expect(await listings(farm.nodes, '/srv')).toEqual(old);
  await expectNothingLeft(farm.nodes);
}

async function areNew(nodes: readonly FarmNode[]): Promise<boolean> {
  const ends = await Promise.all(nodes.map((node) => node.run('test "$(cat /srv/app/conf/new/4)" = new')));
  return ends.every(({ code }) => code === 0);
}

/** All nodes have switched, and their checks hang. */
async function checking() {
  await Promise.all(farm.nodes.map((node) => node.run('rm -f /root/checked; touch /root/hold')));
  const ran = upload('--check-cmd', CHECK);
  for (const node of farm.nodes)
    await until('the check is at work', async () => (await node.run('test -e /root/checked')).code === 0);
  expect(await areNew(farm.nodes)).toBe(true);
  return ran;
}

/** Whatever could tell or heal anything there. */
function killAll(node: FarmNode, pattern: RegExp): void {
  for (const pid of node.pids())
    if (pid !== node.pid && pattern.test(commandLine(pid))) process.kill(pid, 'SIGKILL');
}

const letGo = (nodes: readonly FarmNode[]) => Promise.all(nodes.map((node) => node.run('rm -f /root/hold')));

describe('an upload', () => {
  test('whose commit fails on one of four nodes leaves all four as they were, with exit code 4 (F1)', async () => {
    const giveBack = await replaceProgram(last, '/usr/bin/perl', FAILING_PERL);
    const ran = await expectExit(upload(), 4);
    await giveBack();
    expect(ran.stderr).toContain('the files could not be put in place on 1 of 4 nodes; all were taken back');
    expect(ran.stderr).toContain(`${id(last)} no luck`);
    expect(ran.stderr).toContain(`; wholly old: ${farm.nodes.map(id).join(', ')}\n`);
    await expectAllOld();
  });

  test('that is rolled back, and cannot be on one of four nodes, leaves all four at the release that they had (F1)', async () => {
    const release = ['-r', '/srv/app/rel', '-e'];
    for (let times = 0; times < 2; times++)
      await expectExit(run(farm, [...release, '--switch', '-U', 'conf']), 0);
    const before = await listings(farm.nodes, '/srv');
    const giveBack = await replaceProgram(last, '/usr/bin/perl', FAILING_PERL.replace('== 3', '== 1'));
    const ran = await expectExit(run(farm, [...release.slice(0, 2), '--rollback']), 4);
    await giveBack();
    expect(ran.stderr).toContain('on 1 of 4 nodes; all were taken back');
    expect(await listings(farm.nodes, '/srv')).toEqual(before);
    await expectExit(run(farm, [...release.slice(0, 2), '--rollback']), 0);
    await expectNothingLeft(farm.nodes);
  });

  test('is checked on every node, in its directory, and stays where all have passed (F1)', async () => {
    const ran = await expectExit(upload('--check-cmd', 'cat conf/1; pwd'), 0);
    for (const { host } of farm.nodes) expect(ran.stdout).toContain(`${host} new\n`);
    expect(ran.stdout.match(/ \/srv\/app\n/g)).toHaveLength(4);
    expect(await areNew(farm.nodes)).toBe(true);
    await untilAtRest(farm.nodes);
    await expectNothingLeft(farm.nodes);
  });

  test('whose check fails on one node leaves all as they were, names it and shows its output, with exit code 1 (F1)', async () => {
    await last.run('touch /root/bad');
    const ran = await expectExit(
      upload('--check-cmd', `${CHECK.replace('|| exit 3', '|| { echo it is bad; exit 3; }')}`),
      1,
    );
    expect(ran.stdout).toContain(`${last.host} it is bad\n`);
    expect(ran.stderr).toContain('the check failed on 1 of 4 nodes; all were taken back');
    expect(ran.stderr).toContain(`${id(last)} exited with code 3`);
    expect(ran.stderr).toContain(`; wholly old: ${farm.nodes.map(id).join(', ')}\n`);
    for (const { host } of others)
      expect(ran.stderr.slice(ran.stderr.indexOf('[FATAL]'))).not.toContain(`${host}:`);
    await expectAllOld();
  });

  test('whose check takes longer than --timeout is taken back everywhere (F1)', async () => {
    await last.run('touch /root/hold');
    const ran = await expectExit(upload('--timeout', '2s', '--check-cmd', CHECK), 1);
    expect(ran.stderr).toContain(`${id(last)} took longer than 2 s`);
    await expectAllOld();
  });

  test('that SIGINT meets in its check is taken back everywhere (F1, L15)', async () => {
    const ran = await checking();
    ran.kill('SIGINT');
    await expectExit(ran, 130);
    expect(ran.stderr).toContain('wholly old');
    await expectAllOld();
  });

  test('whose controller is killed in its check is taken back everywhere by the nodes (F1, L3)', async () => {
    const ran = await checking();
    ran.kill('SIGKILL');
    await untilFree(farm.nodes);
    expect(await listings(farm.nodes, '/srv')).toEqual(old);
    const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
    expect(next.stderr).toContain(`wholly old: ${farm.nodes.map(id).join(', ')}`);
    await expectAllOld();
  });

  test('whose keeper is killed on one node in the check is taken back there as well, and the next run says so (F1, L11)', async () => {
    const ran = await checking();
    killAll(last, /lockstep-keeper|^.dev.fd/);
    await expectExit(ran, 2);
    await letGo(farm.nodes);
    await untilAtRest(farm.nodes);
    const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
    expect(next.stderr).toContain(`wholly old: ${id(last)}\n`);
    await expectAllOld();
  });

  test('that fails, and cannot take back a node that is cut meanwhile, names it with exit code 5, and the next run heals it (F1)', async () => {
    const giveBack = await replaceProgram(last, '/usr/bin/perl', HALTING_PERL);
    await (others[0] as FarmNode).run('touch /root/bad');
    const ran = upload('--check-cmd', CHECK);
    await until('the undo hangs', async () => (await last.run('test -d /run/halted')).code === 0);
    killAll(last, /lockstep-|^sleep|^.dev.fd|root@notty/);
    await expectExit(ran, 5);
    await giveBack();
    expect(ran.stderr).toContain('the check failed on 1 of 4 nodes, and 1 node was not taken back');
    expect(ran.stderr).toContain(`${id(last)} may still have the new files`);
    expect(await areNew([last])).toBe(true);
    await untilFree(farm.nodes);
    await untilAtRest(farm.nodes);
    const next = await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
    expect(next.stderr).toContain(`wholly old: ${id(last)}`);
    await expectAllOld();
  });
});
