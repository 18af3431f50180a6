import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listings,
  pidOf,
  run,
  startScene,
  untilAtRest,
  untilFree,
} from './scene.ts';
import { converse } from './typist.ts';

const MAKE_OLD = `rm -rf /srv/app /root/reloads; mkdir -p /srv/app/conf; cd /srv/app; umask 027
  for name in 1 2 3; do echo old >conf/$name; done; chown worker:plain conf/2; chmod 4711 conf/3; ln -s 1 conf/link
  touch -h -d @1.123456789 conf/* conf . /srv`;
const RELOAD = 'grep -h . /srv/app/conf/1 >>/root/reloads; test ! -e /root/fail-reload';
/** A reload that comes to no end while the test holds it. */
const HOLDING = `${RELOAD}; while test -e /root/hold; do sleep 0.1; done`;
/** Not the wrapper, nor the shell below it. */
const TOOL_PROCESS = /^sh (-p )?-c \S+ \S+ lockstep-sync /;
const TOOL = ['-g', '--to=/srv/app', '-g', `--reload=${RELOAD}`];

let farm: Farm;
let first: FarmNode;
let last: FarmNode;
let old: string[];

beforeAll(async () => {
  farm = await startScene(5);
  first = farm.nodes[0] as FarmNode;
  last = farm.nodes[4] as FarmNode;
  mkdirSync(join(farm.home, 'conf/new'), { recursive: true });
  for (const name of ['1', '2', 'new/4']) writeFileSync(join(farm.home, 'conf', name), 'new\n');
});
afterAll(() => farm?.stop());

beforeEach(async () => {
  await Promise.all(farm.nodes.map((node) => node.run(MAKE_OLD)));
  old = await listings(farm.nodes, '/srv');
});

const reloads = () =>
  Promise.all(farm.nodes.map(async (node) => (await node.run('cat /root/reloads')).stdout));
const everywhere = <T>(what: T): T[] => farm.nodes.map(() => what);
const sync = (...args: string[]) => run(farm, ['--kill-grace', '1s', '-S', '-e', ...TOOL, ...args, 'conf']);

async function expectAllOld(): Promise<void> {
  await untilFree(farm.nodes);
  await untilAtRest(farm.nodes);
  expect(await listings(farm.nodes, '/srv')).toEqual(old);
  await expectNothingLeft(farm.nodes);
}

/** Waits until every node has switched; the reload that is to hang holds the run there. */
async function untilSwitched(): Promise<void> {
  const counts = () => reloads().then((texts) => texts.filter((text) => text === 'new\n').length);
  await until('all reload', async () => (await counts()) === farm.nodes.length);
}

describe('the shipped tool', () => {
  test('puts the files in place on all nodes, and reloads once on each', async () => {
    await expectExit(sync('-g', '--check=test "$(cat "$LOCKSTEP_STAGE/conf/1")" = new'), 0);
    for (const text of await listings(farm.nodes, '/srv')) {
      expect(text.match(/[/]srv.* f .*/g)).toHaveLength(4);
      expect(text.match(/[/]conf[/](1|2|new[/]4)$/gm)).toEqual(['/conf/1', '/conf/2', '/conf/new/4']);
    }
    expect(await reloads()).toEqual(everywhere('new\n'));
  });

  test('puts absolute uploads on their own paths', async () => {
    const path = join(farm.home, 'conf');
    await expectExit(run(farm, ['-S', '-g', `--reload=cat ${path}/1 >>/root/reloads`, path]), 0);
    expect(await reloads()).toEqual(everywhere('new\n'));
  });

  test('when the check fails on one node, changes nothing anywhere (F1)', async () => {
    await last.run('touch /root/bad');
    const ran = await expectExit(sync('-g', '--check=test ! -e /root/bad'), 1);
    await last.run('rm /root/bad');
    expect(ran.stderr).toContain('the check failed with code 1');
    expect(await reloads()).toEqual(everywhere(''));
    await expectAllOld();
  });

  test('when the reload fails on one of five nodes, takes all five back, and reloads again what had reloaded (F1)', async () => {
    await last.run('touch /root/fail-reload');
    const ran = await expectExit(sync(), 1);
    await last.run('rm /root/fail-reload');
    expect(ran.stderr).toContain('the reload failed with code 1');
    expect(ran.stderr).toContain(last.host);
    expect(ran.stdout).toContain('undone: ');
    await expectAllOld();
    for (const text of await reloads()) expect(text).toBe('new\nold\n');
    // The culprit alone, and what became of all.
    expect(ran.stderr).toContain('[FATAL] failed to run sync command on 1 of 5 nodes');
    expect(ran.stderr).toContain(`sync tool on [root@${last.host}:22] exited with code 1: the reload failed`);
    expect(ran.stderr).toContain('taken back on all 5 nodes: no destination is changed');
    const report = ran.stderr.slice(ran.stderr.indexOf('[FATAL]'));
    for (const { host } of farm.nodes.slice(0, 4)) expect(report).not.toContain(`${host}:`);
  });

  test.each([
    ['reload', 'touch /root/fail-reload', 'the reload failed with code 1', 'taken back on all 5 nodes: '],
    ['check', 'touch /root/bad', 'the check failed with code 1', ''],
  ])(
    'a person at a terminal is told in one line whose %s failed, and what became of all nodes (F1)',
    async (_what, spoil, why, before) => {
      await last.run(spoil);
      const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
      const check = ['-g', '--check=test ! -e /root/bad'];
      const args = [
        ...targets,
        '--color',
        'never',
        '-S',
        '-e',
        ...TOOL,
        ...check,
        join(farm.home, 'conf').slice(1),
      ];
      const { code, screen } = await converse(farm, args, { turns: [], columns: 300, cwd: '/' });
      await last.run('rm -f /root/fail-reload /root/bad');
      expect(code, screen).toBe(1);
      const lines = screen.split('\r\n').filter((line) => line.includes('[FATAL]') || line.startsWith('  '));
      expect(lines).toEqual([
        expect.stringMatching(
          new RegExp(`\\[root@${last.host}:22\\] ${why}; ${before}no destination is changed`),
        ),
      ]);
      expect(lines[0]).toContain('[FATAL] sync failed on 1 of 5 nodes: ');
      await untilAtRest(farm.nodes);
    },
  );

  test('with a command of the user instead, nothing is claimed of what it did, and the files that were sent are told', async () => {
    const command = `test "$(hostname)" != ${last.name} || exit 3`;
    const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
    const args = [
      ...targets,
      '--color',
      'never',
      '-S',
      '-r',
      '/srv/app',
      '-n',
      command,
      join(farm.home, 'conf'),
    ];
    const { screen } = await converse(farm, args, { turns: [], columns: 300 });
    expect(screen).toContain(
      `[FATAL] the command failed on 1 of 5 nodes: [root@${last.host}:22] exited with code 3; the new files were put in place on all 5 nodes`,
    );
    expect(screen).not.toContain('sync tool');
    await untilAtRest(farm.nodes);
  });

  test('when the tool is killed -9 on one node after the switch, takes all nodes back (F1)', async () => {
    await last.run('touch /root/hold');
    const ran = sync('-g', `--reload=${HOLDING}`);
    await untilSwitched();
    process.kill(await pidOf(last, TOOL_PROCESS), 'SIGKILL');
    await last.run('rm /root/hold');
    await expectExit(ran, 1);
    expect(ran.stderr).toContain(`sync tool on [root@${last.host}:22] `);
    await expectAllOld();
  });

  test('when a tool that is to end leaves a daemon which holds its output, the run ends all the same (F1)', async () => {
    const daemon = `test ! -e /root/hold || setsid sh -c 'while test -e /root/hold; do sleep 0.1; done' & ${HOLDING}`;
    await last.run('touch /root/hold');
    const ran = sync('--rollback-grace', '1s', '-g', `--reload=${daemon}`);
    await untilSwitched();
    for (const node of [first, last]) process.kill(await pidOf(node, TOOL_PROCESS), 'SIGKILL');
    await expectExit(ran, 1);
    await last.run('rm /root/hold');
    for (const { host } of [first, last]) expect(ran.stderr).toContain(host);
    await expectAllOld();
  });

  test("when one node's ssh session is killed after the switch, takes that node back too (F1, L11)", async () => {
    await last.run('touch /root/hold');
    const ran = sync('-g', `--reload=${HOLDING}`);
    await untilSwitched();
    process.kill(await pidOf(last, /^sshd(-session)?: root@notty/), 'SIGKILL');
    await last.run('rm /root/hold');
    await expectExit(ran, 2);
    expect(ran.stderr).toContain(`[root@${last.host}:22] can't receive heartbeat, the lock is lost`);
    await untilFree(farm.nodes);
    const next = await expectExit(run(farm, ['-C', 'true']), 0);
    expect(next.stderr).toContain(`wholly old: [root@${last.host}:22]`);
    await expectAllOld();
  });
});
