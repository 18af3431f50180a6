/** Section 3: the lock beside orgalorg's own, its path, and what scripts see of its loss. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../../farm/farm.ts';
import type { FarmNode } from '../../farm/node.ts';
import { until } from '../../farm/process.ts';
import { expectExit, run, startScene } from '../scene.ts';

let farm: Farm;
let last: FarmNode;

beforeAll(async () => {
  farm = await startScene(2);
  last = farm.nodes[1] as FarmNode;
});
afterAll(() => farm?.stop());

/** What orgalorg sends, byte for byte; its node says `acquired` or `locked`. */
const theirs = (path: string, input = '') =>
  `${input} sh -c "flock -nx ${path} -c 'printf \\"acquired\\n\\" && cat' || printf \\"locked\\n\\""`;

describe('beside a run of orgalorg', () => {
  test.each([
    ['/', []],
    ['/srv', ['-r', '/srv']],
  ])('3.2: a lock on %s that it holds is not taken, and one of ours holds it off', async (path, options) => {
    await last.run(`mkfifo /tmp/go; { ${theirs(path, 'cat /tmp/go |')}; } </dev/null >/tmp/said 2>&1 &`);
    await until('it has the lock', async () => (await last.run('cat /tmp/said')).stdout === 'acquired\n');
    const refused = await expectExit(run(farm, [...options, '-C', 'echo ran']), 75);
    expect(refused.stderr).toMatch(/can't acquire lock, lock already obtained by/);
    expect(refused.stderr).toContain(`[root@${last.host}:22]`);
    expect(refused.stdout).toBe('');
    await last.run(': >/tmp/go; rm /tmp/go /tmp/said');
    await until('it is gone', async () => (await last.run(`flock -nx ${path} true`)).code === 0);

    const holder = run(farm, [...options, '-L']);
    await holder.waitForOutput(/waiting for interrupt/);
    expect(await last.run(theirs(path, 'echo |'))).toMatchObject({ stdout: 'locked\n' });
    holder.kill('SIGINT');
    await expectExit(holder, 130);
  });
});

test('3.1, 9.18: a --lock-file with blanks, quotes and $ is locked as it is, and created where it is missing', async () => {
  const path = `/tmp/it's a $(touch injected) "lock"`;
  const holder = run(farm, ['--lock-file', path, '-L']);
  await holder.waitForOutput(/waiting for interrupt/);
  const look = await last.run(`flock -nx '${path.replaceAll("'", `'"'"'`)}' true; echo $?; ls /tmp`);
  expect(look.stdout).toBe(`1\n${path.slice('/tmp/'.length)}\n`);
  holder.kill('SIGINT');
  await expectExit(holder, 130);
});

test('3.2: the real reason of a lock that cannot be had is told, and a missing directory is not made into a file', async () => {
  const ran = await expectExit(run(farm, ['-r', '/srv/missing', '-C', 'true']), 69);
  expect(ran.stderr).toContain("can't acquire lock: no such file or directory: /srv/missing");
  expect(ran.stderr).not.toContain('lock already');
  expect(await last.run('ls /srv')).toMatchObject({ stdout: '' });
});

test('3.4, 3.5, 9.3: a lost -L lock is told by ERROR with node and heartbeat, first of all behind the words that scripts wait for, and is a failure', async () => {
  const ran = run(farm, ['--send-timeout=2000', '-L']);
  await ran.waitForOutput(/waiting for interrupt/);
  expect(ran.stdout).toBe('');
  const before = ran.stderr;
  expect(before.trimEnd()).toMatch(/\[WARN\] -L\|--lock was passed, waiting for interrupt\.\.\.$/);
  // As its users give a lock up on a node.
  await last.run('pkill -f flock');
  await expectExit(ran, 2);
  const [first] = ran.stderr.slice(before.length).split('\n');
  expect(first).toMatch(new RegExp(`ERROR.*${last.host.replaceAll('.', '\\.')}.*heartbeat`));
});
