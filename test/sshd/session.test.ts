import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { isAlive, until } from '../farm/process.ts';
import { expectExit, pidOf, replaceProgram, run, strays, untilAtRest, untilFree } from './scene.ts';
import { type Sessions, startSessions } from './sessions.ts';

let scene: Sessions;
let farm: Farm;

beforeAll(async () => {
  scene = await startSessions();
  farm = scene.farm;
});
afterAll(() => farm?.stop());

const running = (line: string) =>
  until(`${line} runs everywhere`, () => farm.nodes.every((node) => strays(node).includes(line)));
const notRunning = (line: string) =>
  until(`${line} runs nowhere`, () => farm.nodes.every((node) => !strays(node).includes(line)));

describe('a program under the lock', () => {
  test('its steps hold one lock and make one connection to each node', async () => {
    const before = await scene.handshakes();
    const ran = scene.session(
      [
        'set -e',
        'test "${LOCKSTEP_SESSION%/session}" && test -n "$LOCKSTEP_RUN"',
        'lockstep -C "echo one \\$LOCKSTEP_RUN"',
        'lockstep -i input -C cat',
        'lockstep -r /srv/app -e -U conf',
        'lockstep -r /srv/app -m -n "cat conf/a" -e -S conf',
        'lockstep -r /srv/app -e -S conf',
        'lockstep -r /srv/app -C cat conf/b',
        'lockstep -l -C seq 2',
        'lockstep -y -C echo last',
      ].join('\n'),
    );
    const [, id] = await ran.waitForOutput(/one (\S+)\.\d+\n/);
    const other = await expectExit(run(farm, ['-C', 'true']), 75);
    expect(other.stderr).toContain(`(run ${id}: -L`);
    await expectExit(ran, 0);
    const addresses = farm.nodes.map(({ host }) => host);
    for (const host of addresses) {
      for (const word of ['input', 'conf/a', 'conf/b', '1', '2', 'last'])
        expect(ran.stdout).toContain(`${host} ${word}\n`);
    }
    // The run that was refused has connected, too.
    expect(await scene.handshakes()).toEqual(before.map((count) => count + 2));
    await untilAtRest(farm.nodes);
  });

  test.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['lockstep -C exit 3', 1],
  ])('the exit code of %j is passed on: %i', async (script, code) => {
    await expectExit(scene.session(script), code);
  });

  test('a program that cannot be started has a shell’s code, and the lock is given back', async () => {
    writeFileSync(join(farm.home, 'plain'), 'text', { mode: 0o644 });
    const missing = await expectExit(run(farm, ['-L', 'no-such-program']), 127);
    expect(missing.stderr).toContain("cannot start 'no-such-program': no such program");
    const denied = await expectExit(run(farm, ['-L', './plain']), 126);
    expect(denied.stderr).toContain("cannot start './plain': permission denied");
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('Ctrl-C is the program’s: lockstep waits for it, and releases then', async () => {
    const ran = scene.session(
      "trap 'echo cleaning; sleep 1; lockstep -C echo cleaned; exit 9' INT\necho ready\nwhile :; do sleep 0.1; done",
    );
    await ran.waitForOutput(/ready/);
    const child = Number(readFileSync(`/proc/${ran.pid}/task/${ran.pid}/children`, 'utf8').trim());
    ran.kill('SIGINT');
    process.kill(child, 'SIGINT');
    await ran.waitForOutput(/cleaning/);
    await expectExit(ran, 9);
    expect(ran.stdout.match(/ cleaned\n/g)).toHaveLength(farm.nodes.length);
  });

  test('TERM of lockstep ends the program, and what it started, and then releases', async () => {
    const ran = scene.session('sleep 299 &\necho $! ready\nwait');
    const [, pid] = await ran.waitForOutput(/(\d+) ready/);
    ran.kill('SIGTERM');
    await expectExit(ran, 143);
    expect(isAlive(pid ?? '')).toBe(false);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('a lost lock ends the program, one that ignores TERM too, and its steps: exit 2 (L8)', async () => {
    const ran = scene.session(
      "trap 'echo told' TERM\nlockstep -C 'sleep 298' & echo $$ ready\nwait\nwait\necho step $?\nwhile :; do sleep 0.1; done",
    );
    const [, pid] = await ran.waitForOutput(/(\d+) ready/);
    await running('sleep 298');
    const [node] = farm.nodes;
    if (node === undefined) throw new Error('no node');
    process.kill(await pidOf(node, /lockstep-keeper \S+ [\w-]+ .* x flock$/), 'SIGKILL');
    await ran.waitForOutput(/told/);
    await expectExit(ran, 2);
    expect(ran.stderr).toMatch(/the lock of the session was lost/);
    expect(isAlive(pid ?? '')).toBe(false);
    await untilAtRest(farm.nodes);
  });
});

describe('steps of a session', () => {
  test('Ctrl-C, and kill -9, of one step end its own work only', async () => {
    const { holder, path } = await scene.openSession();
    const steady = scene.step(path, '-C', 'sleep 301');
    await running('sleep 301');
    for (const [signal, args] of [
      ['SIGINT', ['-C', 'sleep 302']],
      ['SIGKILL', ['-C', 'sleep 302']],
      ['SIGINT', ['-i', 'input', '-C', 'cat; sleep 302']],
      ['SIGKILL', ['-S', '--no-upload', '-n', 'sleep 302']],
      ['SIGKILL', ['-r', '/srv/app', '-C', 'sleep 302']],
    ] as const) {
      const ended = scene.step(path, ...args);
      await running('sleep 302');
      ended.kill(signal);
      const { code } = await ended.exited;
      if (signal === 'SIGINT') expect(code).toBe(130);
      // Who waits for the end of a step finds its work gone; after kill -9 the holder sees to it.
      if (signal === 'SIGKILL') await notRunning('sleep 302');
      for (const node of farm.nodes) expect(strays(node)).not.toContain('sleep 302');
      for (const node of farm.nodes) expect(strays(node)).toContain('sleep 301');
    }
    await expectExit(scene.step(path, '-C', 'true'), 0);
    steady.kill('SIGINT');
    await expectExit(steady, 130);
    holder.kill('SIGINT');
    await expectExit(holder, 130);
    await untilAtRest(farm.nodes);
  });

  test('between TERM and KILL all steps have the time of the session, on which its lock depends', async () => {
    const { holder, path } = await scene.openSession(['--kill-grace', '1s']);
    for (const input of [[], ['-i', 'input']]) {
      const stubborn = scene.step(
        path,
        '--kill-grace',
        '1h',
        ...input,
        '-C',
        'trap "" TERM; sleep 306; sleep 306',
      );
      await running('sleep 306');
      stubborn.kill('SIGINT');
      await expectExit(stubborn, 130);
      for (const node of farm.nodes) expect(strays(node)).not.toContain('sleep 306');
    }
    holder.kill('SIGINT');
    await expectExit(holder, 130);
    await untilAtRest(farm.nodes);
  });

  test('what a step leaves in the background lives on, and is not heard by later steps', async () => {
    const { holder, path } = await scene.openSession();
    await expectExit(
      scene.step(path, '-C', 'sh -c "sleep 2; echo late; exec sleep 303" >/dev/null 2>&1 & exit 0'),
      0,
    );
    await running('sleep 303');
    const next = await expectExit(scene.step(path, '-C', 'sleep 1; echo own'), 0);
    expect(next.stdout).not.toContain('late');
    holder.kill('SIGTERM');
    await expectExit(holder, 143);
    for (const node of farm.nodes) {
      expect(strays(node)).toContain('sleep 303');
      await node.run('pkill -f "sleep 303"');
    }
    await untilAtRest(farm.nodes);
  });

  test('a session on one path takes another beside it, and two steps exclude each other there', async () => {
    const { holder, path } = await scene.openSession(['-r', '/srv/app']);
    const first = scene.step(path, '-r', '/srv/other', '-C', 'sleep 304');
    await running('sleep 304');
    const refused = await expectExit(scene.step(path, '-r', '/srv/other', '-C', 'true'), 75);
    expect(refused.stderr).toContain('lock already obtained by');
    await expectExit(run(farm, ['-r', '/srv/other', '-C', 'true']), 75);
    await expectExit(scene.step(path, '-r', '/srv/../srv/app', '-C', 'true'), 0);
    const all = await expectExit(scene.step(path, '--lock-file', '/', '-C', 'true'), 69);
    expect(all.stderr).toContain('open the session with --lock-file /');
    first.kill('SIGINT');
    await expectExit(first, 130);
    await expectExit(run(farm, ['-r', '/srv/other', '-C', 'true']), 0);
    holder.kill('SIGINT');
    await expectExit(holder, 130);
    await untilAtRest(farm.nodes);
  });

  test('kill -9 of the holder: the work of steps is gone before the lock is free (L3, L6)', async () => {
    const { holder, path } = await scene.openSession();
    const steps = [
      scene.step(path, '-C', 'sleep 305'),
      scene.step(path, '-i', 'input', '-C', 'cat; sleep 305'),
    ];
    await until('both run', () =>
      farm.nodes.every((node) => strays(node).filter((line) => line === 'sleep 305').length === 2),
    );
    holder.kill('SIGKILL');
    for (const each of steps) {
      const ended = await expectExit(each, 2);
      expect(ended.stderr).toContain('the session is gone');
    }
    await untilFree(farm.nodes);
    for (const node of farm.nodes) expect(strays(node)).not.toContain('sleep 305');
    await untilAtRest(farm.nodes);
    expect((await expectExit(scene.step(path, '-C', 'true'), 2)).stderr).toContain('the session is gone');
  });

  test('a commit of a step comes to its end before the lock of an interrupted session is free (F9)', async () => {
    const [node] = farm.nodes;
    if (node === undefined) throw new Error('no node');
    const { holder, path } = await scene.openSession();
    const giveBack = await replaceProgram(
      node,
      '/usr/bin/python3',
      '#!/bin/sh\nsleep 3\nexec /usr/bin/python3.real "$@"\n',
    );
    const perl = await replaceProgram(
      node,
      '/usr/bin/perl',
      '#!/bin/sh\nsleep 3\nexec /usr/bin/perl.real "$@"\n',
    );
    const upload = scene.step(path, '-r', '/srv/fresh', '-e', '-U', 'conf');
    await pidOf(node, /sleep 3$/);
    holder.kill('SIGKILL');
    await expectExit(upload, 2);
    await untilFree(farm.nodes);
    const { stdout } = await node.run('cat /srv/fresh/conf/a || echo none');
    expect(['conf/a\n', 'none\n']).toContain(stdout);
    expect(strays(node).filter((line) => / commit /.test(line))).toEqual([]);
    await untilAtRest(farm.nodes);
    await giveBack();
    await perl();
  });
});
