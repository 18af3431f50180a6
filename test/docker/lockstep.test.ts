import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Lockstep, lockstep } from '../farm/lockstep.ts';
import { until } from '../farm/process.ts';
import { type Cluster, startCluster } from './cluster.ts';
import type { ContainerNode } from './container-node.ts';

/** Short times, by the law of the lease: T = 4 s >= P 1 s + A 1 s + 2 s of slack. */
const QUICK = ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s'];
const WORK = 'echo working; exec sleep 300';

describe('a run on nodes that fail', () => {
  let cluster: Cluster;
  let victim: ContainerNode;
  let others: ContainerNode[];
  let work: Lockstep | undefined;
  const hosts = () => cluster.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
  });
  beforeEach(() => {
    [victim, ...others] = cluster.nodes as [ContainerNode, ...ContainerNode[]];
  });
  // A test that fails in the middle leaves the next one three whole and free nodes all the same.
  afterEach(async () => {
    work?.kill('SIGKILL');
    for (const node of cluster.nodes) await node.mend();
    for (const node of cluster.nodes) await untilFree(node);
  });
  afterAll(() => cluster?.stop());

  async function startWork(): Promise<Lockstep> {
    const run = lockstep([...hosts(), ...QUICK, '-C', WORK], { farm: cluster });
    work = run;
    await Promise.all(cluster.nodes.map(({ host }) => run.waitForOutput(new RegExp(`${host} working`))));
    return run;
  }

  const isWorking = async (node: ContainerNode) =>
    (await node.run("grep -l '^sleep.300' /proc/[0-9]*/cmdline")).code === 0;
  const isFree = async (node: ContainerNode) => (await node.run('flock -n -x / true')).code === 0;
  const untilFree = (node: ContainerNode) =>
    until(`${node.name} is free and idle`, async () => (await isFree(node)) && !(await isWorking(node)));

  async function expectLockLost(run: Lockstep): Promise<void> {
    expect((await run.exited).code).toBe(2);
    const node = `\\[root@${victim.host}:22\\]`;
    expect(run.stderr).toMatch(new RegExp(`ERROR\\] ${node} can't receive heartbeat, the lock is lost: `));
    expect(run.stderr).toMatch(new RegExp(`FATAL\\] ${node} lost its lock, which ended the run`));
    for (const node of others) await untilFree(node);
  }

  test('F1: a file that the engine has mounted is refused by name, and nothing changes; what goes to a tmpfs arrives', async () => {
    for (const name of ['etc/hosts', 'etc/app.conf', 'dev/shm/app']) {
      mkdirSync(join(cluster.home, dirname(name)), { recursive: true });
      writeFileSync(join(cluster.home, name), 'new\n');
    }
    const upload = (...names: string[]) =>
      lockstep([...hosts(), '-r', '/', '-e', '-U', ...names], { farm: cluster, cwd: cluster.home });
    const look = 'cat /etc/app.conf /dev/shm/app; ls -A / /etc /dev/shm | grep -F .lockstep; true';
    const refused = upload('etc/hosts', 'etc/app.conf');
    expect((await refused.exited).code).toBe(4);
    expect(refused.stderr).toContain('/etc/hosts is a mount point');
    for (const node of cluster.nodes) expect((await node.run(look)).stdout).toBe('');
    const done = upload('etc/app.conf', 'dev/shm/app');
    expect((await done.exited).code, done.stderr).toBe(0);
    for (const node of cluster.nodes) expect((await node.run(look)).stdout).toBe('new\nnew\n');
  });

  test('L8: a frozen node ends the run everywhere, and frees its own lock when it goes on', async () => {
    const run = await startWork();
    await victim.pause();
    await expectLockLost(run);
    await victim.resume();
    await untilFree(victim);
  });

  test('L4: a node that is cut off ends its work and frees its lock by itself', async () => {
    const run = await startWork();
    await victim.disconnect();
    await expectLockLost(run);
    await untilFree(victim);
    await victim.connect();
  });

  test('L9: a node that is killed ends the run everywhere, and is locked anew only by a new run', async () => {
    const run = await startWork();
    await victim.kill();
    await expectLockLost(run);
    await victim.start();
    const next = lockstep([...hosts(), '-C', 'true'], { farm: cluster });
    expect((await next.exited).code).toBe(0);
  });
});
