/** Section 2: connections, keys and timeouts. Host keys and passwords are in ../unreachable.test.ts and ../prompt.test.ts. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Farm, startFarm } from '../../farm/farm.ts';
import type { FarmNode } from '../../farm/node.ts';
import { expectExit, run, startScene } from '../scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
});
afterAll(() => farm?.stop());

describe('an agent', () => {
  test('2.2, 9.11: -k is used though an agent has keys, and is not given to one that has none', async () => {
    const socket = join(farm.home, 'agent');
    const env = { SSH_AUTH_SOCK: socket };
    const started = execFileSync('ssh-agent', ['-s', '-a', socket]).toString();
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]);
    farm.atStop(() => process.kill(pid));
    await expectExit(run(farm, ['-k', farm.keyPath, '-C', 'true'], { env }), 0);
    expect(() => execFileSync('ssh-add', ['-l'], { env: { ...process.env, ...env }, stdio: 'pipe' })).toThrow(
      'Command failed',
    );
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(farm.home, 'other')]);
    execFileSync('ssh-add', ['-q', join(farm.home, 'other')], { env: { ...process.env, ...env } });
    await expectExit(run(farm, ['-k', farm.keyPath, '-C', 'true'], { env }), 0);
  });
});

test('2.2, 9.11, 9.17: a key file that is empty or no key is refused, and nothing of it is shown', async () => {
  writeFileSync(join(farm.home, 'empty'), '', { mode: 0o600 });
  writeFileSync(join(farm.home, 'secret'), 'TOP-SECRET-CANARY\n', { mode: 0o600 });
  for (const key of ['empty', 'secret']) {
    const ran = await expectExit(run(farm, ['-vv', '-k', key, '-C', 'id']), 3);
    expect(ran.stderr).toContain(`cannot use key ${key}: `);
    expect(ran.stderr).not.toContain('CANARY');
  }
});

test('2.4, 9.7: with -y a command may be silent for longer than the timeouts', async () => {
  const ran = await expectExit(run(farm, ['-y', '-j', '1500', '-z', '1500', '-C', 'sleep 4; echo slept']), 0);
  expect(ran.stdout.match(/ slept$/gm)).toHaveLength(2);
});

test('2.7, 9.17: what a login script prints spoils no lock, and is seen once, as with ssh', async () => {
  await Promise.all(farm.nodes.map((node) => node.run("echo 'echo acquired' >/root/.bashrc")));
  const ran = await expectExit(run(farm, ['-C', 'echo ran']), 0);
  expect(ran.stdout.split('\n').sort()).toEqual(
    ['', ...farm.nodes.flatMap(({ host }) => [`${host} acquired`, `${host} ran`])].sort(),
  );
  await Promise.all(farm.nodes.map((node) => node.run('rm /root/.bashrc')));
});

describe('a server that allows one session a connection', () => {
  let narrow: Farm;

  beforeAll(async () => {
    narrow = await startFarm({ nodes: 2, sshdConfig: ['MaxSessions 1'] });
  });
  afterAll(() => narrow?.stop());

  const ofEach = (stdout: string, text: string) =>
    expect(stdout.split('\n').filter((line) => line.endsWith(` ${text}`))).toHaveLength(2);

  test('2.6, 9.17: a long command is watched over a second connection, which -v tells of', async () => {
    const long = ['-v', '--heartbeat', '1s', '--lease', '12s', '-C', 'sleep 3; echo slept'];
    const ran = await expectExit(run(narrow, long), 0);
    // With -v, what nodes print goes to stderr.
    ofEach(ran.stderr, 'slept');
    expect(ran.stderr.match(/opens a second connection/g)).toHaveLength(2);
  });

  test('2.6, 9.17: stdin, files, tools and calls of a session go over it, too', async () => {
    writeFileSync(join(narrow.home, 'input'), 'typed\n');
    ofEach((await expectExit(run(narrow, ['-i', 'input', '-C', 'cat']), 0)).stdout, 'typed');
    await expectExit(run(narrow, ['-e', '-r', '/tmp/sent', '-U', 'input']), 0);
    ofEach((await expectExit(run(narrow, ['-C', 'cat /tmp/sent/input']), 0)).stdout, 'typed');
    const synced = ['-e', '-r', '/tmp/synced', '-n', 'cat input', '-S', 'input'];
    ofEach((await expectExit(run(narrow, synced), 0)).stdout, 'typed');
    const program = join(process.cwd(), 'bin/lockstep.js');
    const call = `exec ${process.execPath} ${program} -C "echo joined"`;
    ofEach((await expectExit(run(narrow, ['-L', '--', 'sh', '-c', call]), 0)).stdout, 'joined');
  });
});

test('S17 20 connections to an sshd that lets one log in at a time (MaxStartups 1:100:1) are all made', async () => {
  const busy = await startFarm({ nodes: 1, sshdConfig: ['MaxStartups 1:100:1', 'LogLevel VERBOSE'] });
  farm.atStop(() => busy.stop());
  const [node] = busy.nodes as [FarmNode];
  writeFileSync(join(busy.home, '.ssh/config'), `Host many-*\n HostName ${node.host}\n User root\n`);
  const args = ['-o', 'many-[1-20]', '-y', '-v', '-c', '90000', '-C', 'echo reached'];
  const ran = await expectExit(run(busy, args, { nodes: [], readsSshConfig: true }), 0);
  // With -v all output is on stderr.
  expect(ran.stderr.match(/ reached$/gm)).toHaveLength(20);
  const { stdout } = await node.run('grep -c "past MaxStartups" /var/log/sshd.log');
  expect(Number(stdout)).toBeGreaterThan(0);
  // -v tells each of them.
  expect(ran.stderr).toMatch(/\[root@many-\d+:22\].*: tries again in \d\.\d s/);
});
