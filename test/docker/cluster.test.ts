import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../farm/process.ts';
import { type Cluster, startCluster } from './cluster.ts';
import type { ContainerNode } from './container-node.ts';

describe('the cluster', () => {
  let cluster: Cluster;
  let first: ContainerNode;
  let second: ContainerNode;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
    [first, second] = cluster.nodes as [ContainerNode, ContainerNode];
  });
  afterAll(async () => {
    await cluster?.stop();
    expect(cluster && existsSync(dirname(cluster.home))).toBe(false);
  });

  /** Checks host keys strictly against a file with this node's key alone; gives up after 2 s without an answer. */
  function ssh(user: string, node: ContainerNode, command: string) {
    const knownHosts = join(cluster.home, `known-${node.name}`);
    writeFileSync(knownHosts, `${node.host} ${node.hostKey}\n`);
    const options = [
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${knownHosts}`,
      'BatchMode=yes',
      'ConnectTimeout=2',
    ];
    const args = ['-F', 'none', '-i', cluster.keyPath, ...options.flatMap((option) => ['-o', option])];
    return capture('ssh', [...args, `${user}@${node.host}`, command]);
  }

  test('runs commands on three nodes, each with a disk and a lock of its own', async () => {
    const command = 'hostname; echo text >/root/file; flock -n / sleep 0.5 && echo locked';
    const answers = await Promise.all(cluster.nodes.map((node) => ssh('root', node, command)));
    expect(answers.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      cluster.nodes.map(({ name }) => ({ code: 0, stdout: `${name}\nlocked\n` })),
    );
    expect(await ssh('worker', first, 'sudo -n id -un')).toMatchObject({ code: 0, stdout: 'root\n' });
    expect(await ssh('plain', first, 'sudo -n id -un')).toMatchObject({ code: 1, stdout: '' });
  });

  test('reports how a script ended that ran without ssh', async () => {
    const answer = await second.run('echo out; echo trouble >&2; exit 7');
    expect(answer).toEqual({ code: 7, stdout: 'out\n', stderr: 'trouble\n' });
  });

  test('freezes a node and lets it go on', async () => {
    await first.pause();
    expect(await ssh('root', first, 'true')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('timed out'),
    });
    expect(await ssh('root', second, 'true')).toMatchObject({ code: 0 });
    await first.resume();
    expect(await ssh('root', first, 'echo back')).toMatchObject({ code: 0, stdout: 'back\n' });
  });

  test('cuts the link of a node, which runs on, and mends it', async () => {
    await first.disconnect();
    expect((await ssh('root', first, 'true')).code).toBe(255);
    expect(await first.run('pgrep -x sshd')).toMatchObject({ code: 0 });
    await first.connect();
    expect(await ssh('root', first, 'echo back')).toMatchObject({ code: 0, stdout: 'back\n' });
  });

  test('loses every process and lock of a node that is killed, and keeps its disk over the next start', async () => {
    const login = ssh('root', second, 'echo kept >/root/kept; flock -n / sleep 1000');
    await expect.poll(async () => (await second.run('flock -n / true')).code).toBe(1);
    await second.kill();
    await second.start();
    expect(await ssh('root', second, 'cat /root/kept; flock -n / echo free')).toMatchObject({
      stdout: 'kept\nfree\n',
    });
    expect((await login).code).toBe(255);
  });
});
