/** Rollouts with files: ready on all nodes first, and put in place on each when its turn comes. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listings,
  pidOf,
  replaceProgram,
  run,
  startScene,
  untilAtRest,
} from './scene.ts';

/** The sum of both new files. */
const NEW = createHash('sha256').update('new\n').digest('hex');

let farm: Farm;
let second: FarmNode;
let old: string[];

beforeAll(async () => {
  farm = await startScene(4);
  second = farm.nodes[1] as FarmNode;
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['1', '2']) writeFileSync(join(farm.home, 'conf', name), 'new\n');
});
afterAll(() => farm?.stop());
beforeEach(async () => {
  const make = 'rm -rf /srv/app /root/hold /root/checked; mkdir -p /srv/app/conf; echo old >/srv/app/conf/1';
  await Promise.all(farm.nodes.map((node) => node.run(make)));
  old = await listings(farm.nodes, '/srv');
});
afterEach(async () => {
  await untilAtRest(farm.nodes);
  await expectNothingLeft(farm.nodes);
});

const UPLOAD = ['--kill-grace', '1s', '-r', '/srv/app', '-e'];
const upload = (...args: string[]) => run(farm, [...UPLOAD, ...args, '-U', 'conf']);
const id = ({ host }: FarmNode) => `[root@${host}:22]`;
/** On the second node it comes to no end while the test holds it, and then fails. */
const CHECK =
  'echo checked; case $(hostname) in node-2) touch /root/checked; while test -e /root/hold; do sleep 0.05; done; exit 3; esac';

/** `new old old old`: what is on each node; each is one or the other, whole. */
async function states(): Promise<string> {
  const now = await listings(farm.nodes, '/srv');
  const each = now.map((text, at) =>
    text === old[at] ? 'old' : text.split(NEW).length === 3 ? 'new' : text,
  );
  return each.join(' ');
}

/** The first node has had its turn, and the check of the second one is at work. */
async function held(...args: string[]) {
  await second.run('touch /root/hold');
  const ran = upload('--batch', '1', ...args, '--check-cmd', CHECK);
  await until('its check is at work', async () => (await second.run('test -e /root/checked')).code === 0);
  return ran;
}

const letGo = () => second.run('rm -f /root/hold');

test('a canary whose check fails goes back alone; the others keep what they have, and it is said that it is not all or none (F1)', async () => {
  const ran = await expectExit(upload('--json', '--canary', '1', '--check-cmd', 'cat conf/2; exit 3'), 1);
  expect(ran.stdout.match(/"body":"new/g)).toHaveLength(1);
  expect(await states()).toBe('old old old old');
  expect(ran.stderr).toContain(
    'ready on 4 nodes: each puts the files in place at its turn, so it is not all or none',
  );
  expect(ran.stderr).toContain('the rollout cannot go on: what failed keeps the others from starting');
  expect(ran.stderr).toContain('node by node; all have their old files');
  expect(ran.stderr.match(/"outcome":"skipped"/g)).toHaveLength(3);
});

test('R5: what one node refuses changes nothing on any, before the first turn, and resume goes on with the others (F1)', async () => {
  await farm.nodes[3]?.run('rm -r /srv/app/conf; echo >/srv/app/conf');
  old = await listings(farm.nodes, '/srv');
  const ran = await expectExit(upload('--batch', '1', '--check-cmd', CHECK), 4);
  expect(ran.stdout).toBe('');
  expect(await states()).toBe('old old old old');
  expect((await expectExit(lockstep(['resume', 'last'], { farm }), 1)).stdout.match(/checked/g)).toHaveLength(
    3,
  );
  expect(await states()).toBe('new old new old');
});

test('-S -m --batch 1: files come to a node at its turn, and its tool runs behind them', async () => {
  // A file system's clock may lag behind by some milliseconds, so each node rests before its end.
  const tool =
    'echo $(hostname) put $(stat -c %.9Z conf/2); echo $(hostname) runs $(date +%s.%N); sleep 0.1; echo $(hostname) ends $(date +%s.%N); sleep 0.1';
  const ran = await expectExit(run(farm, [...UPLOAD, '--batch', '1', '-m', '-n', tool, '-S', 'conf']), 0);
  const marks = [...ran.stdout.matchAll(/node-(\d) (\w+) ([\d.]+)/g)]
    .map(([, node, what, at]) => ({ mark: `${node} ${what}`, at: Number(at) }))
    .sort((a, b) => a.at - b.at);
  const turn = (node: number) => ['put', 'runs', 'ends'].map((what) => `${node} ${what}`);
  expect(marks.map(({ mark }) => mark)).toEqual([1, 2, 3, 4].flatMap(turn));
  expect(ran.stderr.trimEnd().split('\n').at(-1)).toMatch(/2 files, 8 bytes, on 4 nodes, node by node, in /);
});

test('-S -m without -r: nodes whose tool has ended well keep their run directory, and the others have none', async () => {
  const tool = 'test -e conf/2 && test $(hostname) != node-2';
  const ran = run(farm, ['-e', '--batch', '1', '--max-failures', '1', '-m', '-n', tool, '-S', 'conf']);
  await expectExit(ran, 1);
  const kept = await Promise.all(
    farm.nodes.map((node) => node.run('find /run/orgalorg -name 2 | wc -l; rm -rf /run/orgalorg')),
  );
  expect(kept.map(({ stdout }) => stdout.trim())).toEqual(['1', '0', '0', '0']);
});

test('-S -m without -r, ended by force: nodes whose tool has ended well keep their run directory, and the others have none', async () => {
  const tool = 'if test $(hostname) = node-2; then echo sleeps; exec sleep 300; fi';
  const ran = run(farm, ['-e', '--batch', '1', '--kill-grace', '1s', '-m', '-n', tool, '-S', 'conf']);
  await ran.waitForOutput(/sleeps/);
  ran.kill('SIGTERM');
  await expectExit(ran, 143);
  const kept = await Promise.all(
    farm.nodes.map((node) => node.run('find /run/orgalorg -name 2 | wc -l; rm -rf /run/orgalorg')),
  );
  expect(kept.map(({ stdout }) => stdout.trim())).toEqual(['1', '0', '0', '0']);
});

test('--max-failures 1: a commit that fails is taken back on its node, and nothing more starts (F1)', async () => {
  const failing = `#!/bin/sh
[ "$3" = switch ] || exec /usr/bin/perl.real "$@"
sed 's/^sub put {/sub put { if (++$main::puts == 2) { print "no luck"; exit 1 }/' executor.pl >/run/failing.pl
exec /usr/bin/perl.real -C0 /run/failing.pl switch
`;
  const giveBack = await replaceProgram(second, '/usr/bin/perl', failing);
  const ran = await expectExit(upload('--batch', '1', '--max-failures', '1'), 1);
  await giveBack();
  expect(await states()).toBe('new old old old');
  expect(ran.stderr).toContain(`${id(second)} no luck`);
  expect(ran.stderr).toContain('nothing more was started when 1 node had failed');
  expect(ran.stderr).toContain(`node by node; wholly new: ${id(farm.nodes[0] as FarmNode)}; wholly old: `);
});

test('--switch: the release of a node whose check fails stays, and nothing is left of the new one there', async () => {
  const release = (...args: string[]) =>
    run(farm, ['-r', '/srv/app/rel', '-e', ...args, '--switch', '-U', 'conf']);
  await expectExit(release(), 0);
  const ran = await expectExit(
    release('--batch', '2', '--keep-releases', '1', '--check-cmd', 'test $(hostname) != node-2'),
    1,
  );
  expect(ran.stderr).toMatch(/current is release \S+ now on 3 of 4 nodes/);
  const counts = await Promise.all(farm.nodes.map((node) => node.run('ls /srv/app/rel/releases | wc -l')));
  expect(counts.map(({ stdout }) => stdout.trim())).toEqual(['2', '1', '2', '2']);
});

test('when the commit is killed that waits for a check, its node goes back at once, and the others have their turns (F1)', async () => {
  const ran = await held();
  process.kill(await pidOf(second, /lockstep-hand \S+ p /), 'SIGKILL');
  await letGo();
  await expectExit(ran, 1);
  expect(await states()).toBe('new old new new');
});

test('R8: the first Ctrl-C halts: the node at work comes to its end, the others keep what they have; lockstep resume goes on, and ends with 1, since one is left that failed', async () => {
  const notOk = () => readFileSync(join(farm.home, 'not-ok'), 'utf8').split('\n').length - 1;
  const ran = await held('--failed-to', 'not-ok');
  ran.kill('SIGINT');
  await until('it is halted', () =>
    ran.stderr.includes('halted: nothing more starts on 2 nodes, 1 node at work'),
  );
  await letGo();
  await expectExit(ran, 130);
  expect(await states()).toBe('new old old old');
  expect(notOk()).toBe(3);
  const resumed = await expectExit(lockstep(['resume', 'last'], { farm }), 1);
  expect(await states()).toBe('new old new new');
  expect(resumed.stderr).toContain(`an earlier run has left 1 node not ok: ${id(second)}`);
  expect(notOk()).toBe(1);
  const failed = await expectExit(lockstep(['runs', '--failed', '--last', '1'], { farm }), 0);
  expect(failed.stdout).toContain('3 of 4    exit 1');
});

test('kill -9 of the controller: the node at work goes back, the others are as they were; lockstep retry heals all (F1, L3)', async () => {
  const ran = await held();
  ran.kill('SIGKILL');
  await untilAtRest(farm.nodes);
  expect(await states()).toBe('new old old old');
  await letGo();
  await second.run('hostname node-two');
  const next = await expectExit(lockstep(['retry', 'last'], { farm }), 0);
  expect(next.stderr).toContain(`wholly old: ${id(second)}`);
  expect(await states()).toBe('new new new new');
  await second.run('hostname node-2');
  // The first node was no part of that run, and has its record.
  await expectExit(run(farm, ['-r', '/srv/app', '-C', 'true']), 0);
});
