/** Anybody can give a process the names of ours: it counts only where its account could have had the lock. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { expectExit, run, startScene, strays, untilAtRest } from './scene.ts';

let farm: Farm;
let node: FarmNode;

beforeAll(async () => {
  farm = await startScene(1);
  node = farm.nodes[0] as FarmNode;
  await node.run(
    'mkdir -m 700 /srv/private; mkdir -m 755 /srv/open; mkdir -m 700 /home/worker/own; chown worker /home/worker/own; install -m 4755 /usr/bin/tail /srv/tail',
  );
});
afterAll(() => farm?.stop());
afterEach(async () => {
  await node.run('pkill -KILL -u plain; pkill -KILL -x tail; pkill -KILL lockstep-hand; rm -rf /tmp/strange');
  await untilAtRest(farm.nodes);
});

const as = (account: string) =>
  `setsid setpriv --reuid=$(id -u ${account}) --regid=$(id -g ${account}) --clear-groups`;

/** A process of that account with the name and arguments of one of ours. */
async function pretend(account: string, name: string, words: string): Promise<void> {
  await node.run(
    `${as(account)} sh -c 'printf ${name} >/proc/self/comm; sleep 600; :' x ${words} >/dev/null 2>&1 </dev/null &`,
  );
  await until('it is there', async () => (await node.run(`pgrep -x ${name}`)).code === 0);
}

const HAND = 'lockstep-hand 20261128T010203-abc c';
const KEEPER = 'lockstep-keeper eve@there 20261128T010203-abc 2026-11-28T01:02:03Z';

const PRIVATE: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['root', 'root', '/srv/private/lock', []],
  ['root through sudo', 'worker', '/srv/private/lock', ['-x']],
  ['an account, in a directory of its own', 'worker', '/home/worker/own/lock', []],
];

describe.each(PRIVATE)('a --lock-file of %s that is closed to others', (_whose, user, path, more) => {
  const calls = (mode: readonly string[]) => run(farm, [...more, '--lock-file', path, ...mode], { user });

  test.each(['its path', '/'])(
    'is held off by nobody’s process that looks like a worker on %s',
    async (claim) => {
      await pretend('plain', 'lockstep-hand', `${HAND} ${claim === '/' ? '/' : path} 1:1`);
      const ran = await expectExit(calls(['-C', 'echo worked']), 0);
      expect(ran.stdout).toContain('worked');
      const status = await expectExit(calls(['--lock-status']), 0);
      expect(`${status.stdout}${status.stderr}`).not.toContain('20261128T010203-abc');
    },
  );

  test('is held by nobody whose process only looks like a keeper', async () => {
    await pretend('plain', 'lockstep-keeper', `${KEEPER} ${path} why -C 0.1.0 x`);
    const holder = run(farm, [...more, '--lock-file', path, '-C', 'echo begun; sleep 600'], { user });
    await holder.waitForOutput(/begun/);
    const refused = await expectExit(calls(['-C', 'true']), 75);
    expect(refused.stderr).not.toContain('eve@there');
    holder.kill('SIGINT');
    await expectExit(holder, 130);
  });
});

test('a program with a set-user-id bit is no process of root’s', async () => {
  await node.run('mkdir -m 755 /tmp/strange; ln -s /srv/tail /tmp/strange/lockstep-hand');
  const words = `${HAND} /srv/private/lock 1:1`;
  await node.run(
    `${as('plain')} /tmp/strange/lockstep-hand -f /dev/null ${words} >/dev/null 2>&1 </dev/null &`,
  );
  await until('it is there', () => strays(node).some((line) => line.includes(words)));
  await expectExit(run(farm, ['--lock-file', '/srv/private/lock', '-C', 'true']), 0);
});

test.each([
  ['/', []],
  ['a directory that all may open', ['-r', '/srv/open']],
])('L6: what another account has left at work on %s holds off every run there', async (_what, words) => {
  await pretend('plain', 'lockstep-hand', `${HAND} ${words[1] ?? '/'} 1:1`);
  const ran = await expectExit(run(farm, [...words, '-C', 'true']), 75);
  expect(ran.stderr).toContain('run 20261128T010203-abc has ended, but left work behind');
});
