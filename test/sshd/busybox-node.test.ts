/** Nodes that have busybox for their shell and tools, of any age: its `head` reads on beyond what it was told to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene, strays } from './scene.ts';
import { sh } from './trees.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
  const [whole, onlyHead] = farm.nodes;
  const links =
    'for tool in head dd tar stat touch find mv cp ln rm mkdir chmod chown sed tr sort cut grep; do';
  for (const node of farm.nodes) await node.run('cp /usr/bin/find /usr/bin/find.real');
  await whole?.run(`${links} ln -sf /bin/busybox /usr/bin/$tool; done; ln -sf /bin/busybox /bin/sh`);
  await onlyHead?.run('ln -sf /bin/busybox /usr/bin/head');
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n'.repeat(10_000));
});
afterAll(() => farm?.stop());

test('a node with the head of busybox runs commands, with input too', async () => {
  const ran = await expectExit(run(farm, ['-q', '-C', 'echo ran']), 0);
  expect(ran.stdout).toMatch(/ran\n.*ran\n/);
  const input = await expectExit(run(farm, ['-q', '-i', join(farm.home, 'tree/file'), '-C', 'wc -c']), 0);
  expect(input.stdout).toMatch(/50000\n.*50000\n/);
});

test('a node with the head of busybox loses no byte of an upload', async () => {
  await expectExit(run(farm, ['-r', '/srv/app', '-e', '-U', 'tree']), 0);
  for (const node of farm.nodes)
    expect((await node.run('wc -c </srv/app/tree/file')).stdout.trim()).toBe('50000');
});

test('L6: what a killed shell was running on a node with the grep of busybox is found, wherever its environment names the run', async () => {
  // A shell gives variables on in the order in which it has got them.
  const orphan = 'exec env -u LOCKSTEP_RUN FIRST=x LOCKSTEP_RUN="$LOCKSTEP_RUN" sleep 307';
  const text = `sh -c '${orphan}' & sleep 0.5; kill -9 $PPID; wait`;
  const ran = await expectExit(
    run(farm, ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s', '-C', text]),
    1,
  );
  expect(ran.stderr).toContain('the shell that ran it on the node was killed');
  expect(farm.nodes.flatMap((node) => strays(node))).toEqual([]);
});

test('a run directory with a process at work is no other run’s to remove, on a node with the grep of busybox either', async () => {
  const [node] = farm.nodes;
  await node?.run('mkdir -p /run/orgalorg/20240101T000000-dead /run/orgalorg/20240101T000000-alive');
  await node?.run(
    "setsid sh -c 'sleep 30; :' at /run/orgalorg/20240101T000000-alive >/dev/null 2>&1 </dev/null &",
  );
  const words = ['-n', 'pwd', '-e', '-S', 'tree'];
  await expectExit(run(farm, words, { cwd: farm.home }), 0);
  const left = (await node?.run('ls /run/orgalorg'))?.stdout;
  expect(left).toContain('-alive\n');
  expect(left).not.toContain('-dead\n');
  await node?.run('for pid in $(pidof sleep); do kill $pid; done; rm -rf /run/orgalorg');
});

test('F7: a node with the tar of busybox keeps owners of any size and all times, or says that it does not keep times', async () => {
  const make =
    'mkdir odd; cd odd; for at in 1 2 3 4; do echo >$at; done; ln -s nowhere link; chown -h 2147483648:3000000 * .; touch -h -d @-1.5 1 link; touch -d @-86400 2; touch -d @1.25 3 .';
  sh(farm.home, make);
  const look = "TZ=UTC find . -printf '%p %U %G %m %T+\\n' | sort";
  const sent = `${sh(join(farm.home, 'odd'), look)}`;
  const inexact = 'times are not kept exactly on this node, as that of odd';
  for (const hasPerl of [true, false]) {
    if (!hasPerl) await farm.nodes[0]?.run('rm /usr/bin/perl /usr/bin/python3');
    const words = ['-r', `/srv/perl-${hasPerl}`, '-e', '-U', 'odd'];
    const ran = await expectExit(run(farm, words, { cwd: farm.home }), 0);
    expect(ran.stderr.includes(inexact)).toBe(!hasPerl);
    const isExact = [hasPerl, true];
    for (const [at, node] of farm.nodes.entries()) {
      const { stdout } = await node.run(`cd /srv/perl-${hasPerl}/odd; ${look.replace('find', 'find.real')}`);
      const seen = (text: string) => (isExact[at] ? text : text.replaceAll(/ \S+$/gm, ''));
      expect(seen(stdout)).toBe(seen(sent));
    }
  }
});
