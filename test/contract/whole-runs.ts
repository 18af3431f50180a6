/** What every server must bear: whole runs of the program, by both transports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { type Lockstep, lockstep } from '../farm/lockstep.ts';
import { type Ended, until } from '../farm/process.ts';

export interface WholeRunNodes extends Pick<Farm, 'home' | 'keyPath' | 'atStop' | 'stop'> {
  readonly nodes: readonly {
    readonly host: string;
    /** Runs sh inside the node as root, without ssh. */
    run(script: string): Promise<Ended>;
  }[];
}

/** By the law of the lease: T = 4 s >= P 1 s + A 1 s + 2 s of slack. */
const QUICK = ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s'];

/** `start` starts two nodes. */
export function describeWholeRuns(name: string, start: () => Promise<WholeRunNodes>): void {
  describe(`whole runs on ${name}`, () => {
    let scene: WholeRunNodes;
    beforeAll(async () => {
      scene = await start();
      mkdirSync(join(scene.home, 'conf/sub'), { recursive: true });
      writeFileSync(join(scene.home, 'conf/a'), 'text of a\n');
      writeFileSync(join(scene.home, 'conf/sub/b'), 'line of b\n'.repeat(100_000));
    });
    afterAll(() => scene?.stop());

    const runBy =
      (transport: string): Run =>
      (...args) => {
        const hosts = scene.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
        const known = ['--known-hosts', join(scene.home, 'known_hosts')];
        const ways = ['--transport', transport, '-k', scene.keyPath, ...known];
        return lockstep([...hosts, ...ways, ...QUICK, ...args], { farm: scene });
      };
    for (const transport of ['ssh2', 'openssh']) {
      describeCommands(transport, runBy(transport), () => scene);
    }
    describeFiles(runBy('ssh2'), () => scene);
    describeEnds(runBy('ssh2'), () => scene);
  });
}

type Run = (...args: readonly string[]) => Lockstep;
type GetScene = () => WholeRunNodes;

function describeCommands(transport: string, run: Run, scene: GetScene): void {
  test(`by ${transport}, -C tells output, code and signal of each command, and frees the locks`, async () => {
    const ran = await expectExit(run('-C', 'echo "here at $HOME"; exit 7'), 1);
    expect(ran.stdout.match(/here at \/root/g)).toHaveLength(2);
    expect(ran.stderr).toContain('code 7 (2 nodes)');
    const ended = await expectExit(run('-C', 'kill -KILL $$'), 1);
    expect(ended.stderr).toMatch(/SIGKILL|137/);
    await untilFree(scene());
  });

  test(`by ${transport}, -i gives each command all of the input, and tells its code`, async () => {
    const ran = await expectExit(run('-i', join(scene().home, 'conf/sub/b'), '-C', 'wc -c; exit 5'), 1);
    expect(ran.stdout.match(/1000000/g)).toHaveLength(2);
    expect(ran.stderr).toContain('code 5 (2 nodes)');
  });

  test(`L3: by ${transport}, kill -9 of the controller ends the work and frees the locks`, async () => {
    const ran = run('-C', 'sleep 301');
    await untilWorking(scene(), 'sleep 301');
    ran.kill('SIGKILL');
    await untilFree(scene());
  });
}

function describeFiles(run: Run, scene: GetScene): void {
  test('F1: -U puts a tree in place of another, whole, and leaves nothing else', async () => {
    await onNodes(scene(), 'rm -rf /srv; mkdir -p /srv/app/conf; echo old >/srv/app/conf/a');
    await expectExit(run('-r', '/srv/app', '-e', '-U', 'conf'), 0);
    expect(await onNodes(scene(), 'cd /srv/app; cat conf/a; wc -c <conf/sub/b; ls -A . conf/sub')).toEqual(
      Array(2).fill('text of a\n1000000\n.:\nconf\n\nconf/sub:\nb'),
    );
    expect(await onNodes(scene(), 'ls -A /root/.local/state/lockstep 2>/dev/null')).toEqual(['', '']);
  });

  test('-S puts files in place by the shipped tool, with and without -r', async () => {
    const look = 'cd /srv/app; cat conf/a; wc -c <conf/sub/b';
    for (const where of [
      ['-r', '/srv/app'],
      ['-g', '--to=/srv/app'],
    ]) {
      await onNodes(scene(), 'rm -rf /srv; mkdir -p /srv/app/conf; echo old >/srv/app/conf/a');
      await expectExit(run('-e', ...where, '-S', 'conf'), 0);
      expect(await onNodes(scene(), look)).toEqual(Array(2).fill('text of a\n1000000'));
    }
  });
}

function describeEnds(run: Run, scene: GetScene): void {
  test('L1: -L holds the lock against others, beyond many heartbeats, and it is free afterwards', async () => {
    const held = run('-L');
    await held.waitForOutput(/waiting for interrupt/);
    const refused = await expectExit(run('-C', 'echo never'), 75);
    expect(refused.stdout).toBe('');
    held.kill('SIGINT');
    await expectExit(held, 130);
    await untilFree(scene());
    const ran = await expectExit(run('-C', 'sleep 5; flock -n / true || echo held'), 0);
    expect(ran.stdout.match(/held/g)).toHaveLength(2);
  });

  test('L5: the lease of a controller that is stopped ends, with the work; it says so when it goes on', async () => {
    const ran = run('-C', 'sleep 302');
    await untilWorking(scene(), 'sleep 302');
    ran.kill('SIGSTOP');
    await untilFree(scene());
    ran.kill('SIGCONT');
    await expectExit(ran, 2);
  });

  test('L15: Ctrl-C ends the commands, and what they have started', async () => {
    const ran = run('-C', 'sleep 303 & sleep 304');
    await untilWorking(scene(), 'sleep 303');
    ran.kill('SIGINT');
    await expectExit(ran, 130);
    await untilFree(scene());
  });
}

function onNodes({ nodes }: WholeRunNodes, script: string): Promise<string[]> {
  return Promise.all(nodes.map(async (node) => (await node.run(script)).stdout.trimEnd()));
}

const untilWorking = (scene: WholeRunNodes, command: string) =>
  until(`${command} runs everywhere`, async () =>
    (await onNodes(scene, `ps -ef | grep -c '[${command[0]}]${command.slice(1)}'`)).every(
      (count) => count !== '0',
    ),
  );

/** The lock can be had, and no process of a run is left. */
const untilFree = (scene: WholeRunNodes) =>
  until('the nodes are free', async () =>
    (
      await onNodes(
        scene,
        "flock -n / echo free; ps -ef | grep '[l]ockstep-\\(keeper\\|job\\|hand\\|timer\\|boot\\)\\|[s]leep 30[0-9]'",
      )
    ).every((text) => text === 'free'),
  );

/** Waits for the end of a run and expects its exit code; a wrong one shows all that the run printed. */
async function expectExit(ran: Lockstep, code: number): Promise<Lockstep> {
  const ended = await ran.exited;
  expect(ended.code, `${ran.stderr}${ran.stdout}`).toBe(code);
  return ran;
}
