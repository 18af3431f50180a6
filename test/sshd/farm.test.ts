import { once } from 'node:events';
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delayingProxy } from '../farm/delaying-proxy.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { capture, until } from '../farm/process.ts';
import { takeNetwork } from '../farm/sockets.ts';

/** As statfs(2) tells it. */
const OVERLAY = 0x794c7630;

describe('the farm', () => {
  let farm: Farm;
  let first: FarmNode;
  let second: FarmNode;

  beforeAll(async () => {
    farm = await startFarm({ nodes: 5, sshdConfig: ['Banner /etc/hosts'] });
    [first, second] = farm.nodes as [FarmNode, FarmNode];
  });
  afterAll(() => farm?.stop());

  /** Checks host keys strictly against a file with this node's key alone, so a wrong key fails. */
  function ssh(user: string, node: FarmNode, command: string) {
    const knownHosts = join(farm.home, `known-${node.name}`);
    writeFileSync(knownHosts, `${node.host} ${node.hostKey}\n`);
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHosts}`, 'BatchMode=yes'];
    const args = ['-F', 'none', '-i', farm.keyPath, ...options.flatMap((option) => ['-o', option])];
    return capture('ssh', [...args, `${user}@${node.host}`, command]);
  }

  test('gives each node a name, a host key and a root directory of its own', async () => {
    const answers = await Promise.all(
      farm.nodes.map((node) => ssh('root', node, 'hostname; echo mine >/root/mine')),
    );
    expect(answers.map(({ stdout }) => stdout.trim())).toEqual(farm.nodes.map(({ name }) => name));
    expect(new Set(farm.nodes.map(({ hostKey }) => hostKey)).size).toBe(5);
    await first.run('echo changed >/root/mine');
    expect(readFileSync(`${first.directory}/root/mine`, 'utf8')).toBe('changed\n');
    expect(readFileSync(`${second.directory}/root/mine`, 'utf8')).toBe('mine\n');
  });

  test('lets root, worker and plain log in, of whom only plain may not use sudo', async () => {
    const command = 'id -un; sudo -n -E -H id -un';
    expect(await ssh('root', first, command)).toMatchObject({ code: 0, stdout: 'root\nroot\n' });
    expect(await ssh('worker', first, command)).toMatchObject({ code: 0, stdout: 'worker\nroot\n' });
    const plain = await ssh('plain', first, command);
    expect(plain).toMatchObject({ code: 1, stdout: 'plain\n' });
    expect(plain.stderr).toContain('a password is required');
  });

  test('passes further lines to sshd', async () => {
    const { stderr } = await ssh('root', first, 'true');
    for (const { host, name } of farm.nodes) expect(stderr).toContain(`${host} ${name}`);
  });

  test('keeps a lock on / within its node', async () => {
    const hold =
      'setsid flock -n / sh -c "echo held; exec sleep 1000" </dev/null >/tmp/held 2>&1 & until [ -s /tmp/held ]; do sleep 0.02; done; cat /tmp/held';
    expect((await first.run(hold)).stdout).toBe('held\n');
    expect(await first.run('flock -n / true')).toMatchObject({ code: 1 });
    expect(await second.run('flock -n / true')).toMatchObject({ code: 0 });
  });

  test('sees only its own processes from inside', async () => {
    const { stdout } = await second.run('ps -e -o args=');
    expect(stdout).toContain(`ListenAddress=${second.host} `);
    expect(stdout).not.toContain(`ListenAddress=${first.host} `);
  });

  test('reports how a script ended', async () => {
    const answer = await first.run('pwd; echo trouble >&2; exit 7');
    expect(answer).toEqual({ code: 7, stdout: '/root\n', stderr: 'trouble\n' });
  });

  test('freezes a node, whose connections then stay open without an answer, and lets it go on', async () => {
    const login = ssh('root', second, 'touch begun; until [ -e go ]; do sleep 0.02; done; echo late');
    await until('the command runs', () => existsSync(join(second.directory, 'root/begun')));
    second.pause();
    let hasAnswered = false;
    login.then(() => {
      hasAnswered = true;
    });
    const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
    // One that had just ended is not reaped by a parent that has stopped.
    const hasStopped = (pid: number) => /[TZ]/.test(stateOf(pid) ?? '');
    await until('every process has stopped', () => second.pids().every(hasStopped));
    writeFileSync(join(second.directory, 'root/go'), '');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(hasAnswered).toBe(false);
    second.resume();
    expect(await login).toMatchObject({ code: 0, stdout: 'late\n' });
  });

  test('ends a connection behind a door that delays when the controller resets its own', async () => {
    const { doors } = await delayingProxy(farm, [second], 20);
    const port = Number(doors[0]?.split(':')[1]);
    const sessions = () => second.commandLines().filter((line) => line.includes('[accepted]'));
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'data');
    expect(sessions()).toHaveLength(1);
    socket.resetAndDestroy();
    await until('the session ends', () => sessions().length === 0);
  });

  test('loses every process, /run and its locks when it is killed, and keeps its disk over the next boot', async () => {
    const pids = first.pids();
    await first.run('echo kept >/root/kept; echo lost >/run/lost');
    const login = ssh('root', first, 'sleep 1000');
    await until('the command runs', async () => (await first.run('pgrep -f "sleep 1000"')).code === 0);
    await first.kill();
    expect((await login).code).toBe(255);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(() => first.directory).toThrow('node-1 is down');
    expect((await ssh('root', first, 'true')).stderr).toContain('Connection refused');

    await first.boot();
    const { stdout } = await ssh('root', first, 'cat /root/kept; ls /run/lost; flock -n / echo free');
    expect(stdout).toBe('kept\nfree\n');
  });

  test('has a network of its own, however many farms begin at once', async () => {
    const networks = await Promise.all(Array.from({ length: 70 }, takeNetwork));
    const names = networks.map(({ name }) => name);
    for (const network of networks) network.giveBack();
    expect(new Set(names).size).toBe(70);
    expect(names).not.toContain(first.host.split('.').slice(0, 2).join('.'));
  });

  test('leaves no process and no file when it stops', async () => {
    // A file system of layers, as the root of a container, can be no layer itself.
    const storage = statfsSync(tmpdir()).type === OVERLAY ? 'memory' : 'disk';
    const another = await startFarm({ nodes: 2, storage });
    const pids = another.nodes.flatMap((node) => node.pids());
    await another.nodes[0]?.run('echo text >/root/file');
    await another.stop();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(dirname(another.home))).toBe(false);
  });
});
