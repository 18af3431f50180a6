/** Nodes that fail in their own ways while a run wants their lock, or has it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import {
  expectExit,
  expectNothingLeft,
  pidOf,
  run,
  startScene,
  strays,
  untilAllRun,
  untilAtRest,
} from './scene.ts';

const TIMES = ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s'];
const SLEEPER = /^sleep 300/;

let farm: Farm;
let others: readonly FarmNode[];
let odd: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  others = farm.nodes.slice(0, 2);
  odd = farm.nodes[2] as FarmNode;
  mkdirSync(join(farm.home, 'conf'));
  writeFileSync(join(farm.home, 'conf/a'), 'new');
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

async function expectLockLost(ran: Lockstep): Promise<void> {
  await expectExit(ran, 2);
  expect(ran.stderr).toContain(`[root@${odd.host}:22] can't receive heartbeat, the lock is lost`);
}

describe('sshd of a node', () => {
  test('whose listener is killed keeps the run and its lock (L11)', async () => {
    const ran = run(farm, [...TIMES, '-C', 'until [ -e /run/go ]; do sleep 0.1; done; echo whole']);
    await untilAllRun(farm.nodes, /^sleep 0\.1/);
    process.kill(await pidOf(odd, /sshd -D.*listener/), 'SIGKILL');
    await expectExit(run(farm, ['-C', 'true'], { nodes: [odd] }), 3);
    // Longer than T: the beats are answered still.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await odd.run('flock -n / true')).toMatchObject({ code: 1 });
    for (const node of farm.nodes) await node.run('touch /run/go');
    await expectExit(ran, 0);
    expect(ran.stdout.match(/whole$/gm)).toHaveLength(3);
    await odd.kill();
    await odd.boot();
    for (const node of others) await node.run('rm /run/go');
  });

  test('whose session is killed ends the run everywhere at once, and its work is gone (L8, L11)', async () => {
    // With the default times the run would not hear of it by a heartbeat for 10 s.
    const ran = run(farm, ['-C', 'sleep 300']);
    await untilAllRun(farm.nodes, SLEEPER);
    process.kill(await pidOf(odd, /^sshd: root@notty/), 'SIGKILL');
    await expectLockLost(ran);
    expect(ran.stderr).not.toMatch(/heartbeat was not answered|nothing was heard/);
    await untilAtRest(farm.nodes);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('whose machine starts anew loses the lock for good: the run ends everywhere, and takes it never again (L9)', async () => {
    const ran = run(farm, [...TIMES, '-C', 'sleep 300']);
    await untilAllRun(farm.nodes, SLEEPER);
    await odd.kill();
    const hasLost = expectLockLost(ran);
    await odd.boot();
    await hasLost;
    expect(strays(odd)).toEqual([]);
    expect(await odd.run('flock -n / true')).toMatchObject({ code: 0 });
    await untilAtRest(others);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });
});

describe('a lock that cannot be had', () => {
  test.each([
    ['a path that is not there', ':', ['-r', '/nowhere'], 'root', 'no such file or directory: /nowhere', ':'],
    [
      'a path that this account may not open',
      'umask 077; : >/srv/closed',
      ['--lock-file', '/srv/closed'],
      'plain',
      'cannot open /srv/closed: permission denied',
      'rm /srv/closed',
    ],
    [
      'a lock file that this account may not make',
      ':',
      ['--lock-file', '/srv/mine'],
      'plain',
      'cannot make the lock file /srv/mine: Permission denied',
      ':',
    ],
    [
      'a lock file on a read-only file system',
      'mkdir /srv/ro && mount -t tmpfs -o ro none /srv/ro',
      ['--lock-file', '/srv/ro/lock'],
      'root',
      'cannot make the lock file /srv/ro/lock: Read-only file system',
      'umount /srv/ro; rmdir /srv/ro',
    ],
    [
      'a node without flock',
      'mv /usr/bin/flock /usr/bin/flock.away',
      [],
      'root',
      'flock is not installed on this node',
      'mv /usr/bin/flock.away /usr/bin/flock',
    ],
  ])('L13: %s has words of its own, and is not waited for', async (_what, make, args, user, reason, undo) => {
    // What the path is on the others is of no matter: they are to be free again.
    for (const node of others) await node.run('mkdir -p /nowhere; : >/srv/mine; chmod 666 /srv/mine');
    for (const node of others) await node.run('mkdir -p /srv/ro; : >/srv/closed; chmod 644 /srv/closed');
    expect(await odd.run(make)).toMatchObject({ code: 0 });
    const ran = await expectExit(run(farm, [...args, '--lock-wait', '-C', 'echo ran'], { user }), 69);
    expect(await odd.run(undo)).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain(`[${user}@${odd.host}:22]`);
    expect(ran.stderr).toContain(`can't acquire lock: ${reason}`);
    expect(ran.stderr).not.toMatch(/already|waiting/);
    expect(ran.stdout).toBe('');
    await untilAtRest(farm.nodes);
    for (const node of farm.nodes) expect(await node.run('flock -n / true')).toMatchObject({ code: 0 });
  });
});

describe('a state directory that takes nothing', () => {
  const STATE = '/root/.local/state/lockstep';
  test.each([
    [
      'is full',
      `mount -t tmpfs -o size=4k none ${STATE} && ! head -c 9000 /dev/zero >${STATE}/full 2>/dev/null`,
      4,
      'old',
    ],
    ['is read-only', `mount -t tmpfs -o ro none ${STATE}`, 0, 'new'],
  ])(
    'because it %s costs no exclusion, and an upload changes all nodes or none (L17, F1)',
    async (_what, mount, code, content) => {
      const old = 'rm -rf /srv/app; mkdir -p /srv/app/conf; echo old >/srv/app/conf/a';
      for (const node of farm.nodes) await node.run(old);
      expect(await odd.run(`mkdir -p ${STATE} && ${mount}`)).toMatchObject({ code: 0 });
      const holder = run(farm, ['-L']);
      await holder.waitForOutput(/waiting for interrupt/);
      await expectExit(run(farm, ['-C', 'true']), 75);
      holder.kill('SIGINT');
      await expectExit(holder, 130);

      const upload = await expectExit(run(farm, ['-U', '-e', '-r', '/srv/app', 'conf']), code);
      if (code === 4) expect(upload.stderr).toContain(`no space left on ${STATE}`);
      for (const node of farm.nodes)
        expect((await node.run('cat /srv/app/conf/a')).stdout.trim()).toBe(content);
      await odd.run(`umount ${STATE}`);
      await expectNothingLeft(farm.nodes);
    },
  );
});
