import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { isAlive, until } from '../farm/process.ts';
import { expectExit, pidOf, run, startScene } from './scene.ts';

describe('nodes behind jump hosts', () => {
  let farm: Farm;
  let gate: FarmNode;
  let inner: FarmNode;
  /** Their names are known on the nodes alone, so that whoever is reached by one is reached from a node. */
  let leaves: readonly FarmNode[];

  beforeAll(async () => {
    farm = await startScene(8, ['MaxStartups 10:30:100', 'MaxSessions 10', 'LogLevel VERBOSE']);
    [gate, inner, ...leaves] = farm.nodes as [FarmNode, FarmNode, ...FarmNode[]];
  });
  afterAll(() => farm?.stop());

  const common = 'Host *\n User root\n IdentityFile ~/.ssh/farm_key\n HashKnownHosts no\n';
  const aliases = () => leaves.map(({ name }, at) => `Host leaf${at}-*\n HostName ${name}\n`).join('');

  function homeWith(config: string): string {
    const home = mkdtempSync(join(farm.home, 'home-'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh/farm_key'), readFileSync(farm.keyPath), { mode: 0o600 });
    writeFileSync(join(home, '.ssh/config'), `${config}${aliases()}${common}`, { mode: 0o600 });
    return home;
  }

  function runIn(home: string, args: readonly string[]): Lockstep {
    return run(farm, args, { nodes: [], readsSshConfig: true, env: { HOME: home } });
  }

  const knownHosts = (home: string) => readFileSync(join(home, '.ssh/known_hosts'), 'utf8');
  const logins = async (node: FarmNode) =>
    Number((await node.run('grep -c "Accepted publickey" /var/log/sshd.log')).stdout);

  const chain = () =>
    `Host outer\n HostName ${gate.host}\nHost inner\n HostName ${inner.name}\n ProxyJump outer\nHost leaf*\n ProxyJump inner\n`;

  test('S1 S14 a chain of two is gone through, and the host key of every hop is checked under its own name; it opens no session', async () => {
    const home = homeWith(chain());
    const before = [await logins(gate), await logins(inner)];
    const ran = await expectExit(runIn(home, ['-o', 'leaf0-a', '-o', 'leaf1-a', '-C', 'hostname']), 0);
    expect(ran.stdout.trim().split('\n').sort()).toEqual([
      `leaf0-a ${leaves[0]?.name}`,
      `leaf1-a ${leaves[1]?.name}`,
    ]);
    const names = knownHosts(home)
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(names.sort()).toEqual([gate.host, inner.name, leaves[0]?.name, leaves[1]?.name].sort());
    expect((await gate.run('grep "Starting session" /var/log/sshd.log')).stdout).toBe('');
    // One connection to each for both of them.
    expect([await logins(gate), await logins(inner)]).toEqual(before.map((count) => count + 1));

    const changed = knownHosts(home).replace(
      new RegExp(`^${inner.name} .*$`, 'm'),
      `${inner.name} ${gate.hostKey}`,
    );
    writeFileSync(join(home, '.ssh/known_hosts'), changed);
    const refused = await expectExit(runIn(home, ['-o', 'leaf0-a', '-o', 'leaf1-a', '-C', 'true']), 3);
    expect(refused.stderr).toMatch(/jump host \[root@inner:22\]: host key has changed/);
    expect(refused.stderr.match(/host key has changed/g)).toHaveLength(1);
  });

  test('--list tells the way, connects to nothing, and prints a host file; in a session it tells its nodes', async () => {
    const home = homeWith(chain());
    const before = await logins(gate);
    const hosts = ['-o', 'leaf[0-1]-a', '-o', 'you@inner:2222'];
    const ran = await expectExit(runIn(home, [...hosts, '-o', leaves[2]?.host ?? '', '--list']), 0);
    expect(
      ran.stdout,
    ).toBe(`root@leaf0-a:22  # at ${leaves[0]?.name} through root@outer:22, root@inner:22 by ssh2
root@leaf1-a:22  # at ${leaves[1]?.name} through root@outer:22, root@inner:22 by ssh2
you@inner:2222  # at ${inner.name} through root@outer:22 by ssh2
root@${leaves[2]?.host}:22  # by ssh2
`);
    expect(ran.stderr).toBe('');
    expect(await logins(gate)).toBe(before);
    writeFileSync(join(home, 'listed'), ran.stdout);
    const again = await expectExit(runIn(home, ['-o', join(home, 'listed'), '--list']), 0);
    expect(again.stdout).toBe(ran.stdout);

    const program = join(import.meta.dirname, '../../bin/lockstep.js');
    const held = runIn(home, ['-o', 'leaf[0-1]-a', '-L', '--', process.execPath, program, '--list']);
    expect((await expectExit(held, 0)).stdout).toBe(
      'root@leaf0-a:22  # by the session\nroot@leaf1-a:22  # by the session\n',
    );
  });

  test('S17 60 nodes behind one sshd with MaxStartups 10:30:100 and MaxSessions 10 are all reached', async () => {
    const home = homeWith('');
    const before = await logins(gate);
    const hosts = leaves.flatMap((_, at) => ['-o', `leaf${at}-[1-10]`]);
    const ran = await expectExit(
      runIn(home, ['-J', `root@${gate.host}`, ...hosts, '-d', '30', '-y', '-C', 'echo reached']),
      0,
    );
    expect(ran.stdout.match(/ reached$/gm)).toHaveLength(60);
    expect(await logins(gate)).toBe(before + 1);
  });

  test('a jump host that dies is the one reason for which all nodes behind it are lost', async () => {
    const home = homeWith('');
    const hosts = leaves.slice(0, 3).flatMap((_, at) => ['-o', `leaf${at}-a`]);
    const ran = runIn(home, ['-J', gate.host, ...hosts, '-C', 'echo started; sleep 60']);
    await ran.waitForOutput(/(?:started[\s\S]*){3}/);
    process.kill(await pidOf(gate, /^sshd: root/), 'SIGKILL');
    await expectExit(ran, 2);
    expect(ran.stderr).toMatch(/jump host \[root@127\.\S+:22\] is lost/);
  });

  test('what refuses a jump host, or what it refuses, is told of it by name, once', async () => {
    const home = homeWith(
      `Host gate\n HostName ${gate.host}\n User nobody-here\nHost far\n HostName nowhere.invalid\n`,
    );
    const hosts = ['-o', 'leaf0-a', '-o', 'leaf1-a'];
    const stranger = await expectExit(runIn(home, ['-J', 'gate', ...hosts, '-C', 'true']), 3);
    expect(stranger.stderr).toMatch(/jump host \[nobody-here@gate:22\]: cannot log in as nobody-here/);
    const far = await expectExit(runIn(home, ['-J', gate.host, '-o', 'far', '-C', 'true']), 3);
    await gate.run("sed -i 's/^/restrict /' /home/plain/.ssh/authorized_keys");
    const shut = await expectExit(runIn(home, ['-J', `plain@${gate.host}`, ...hosts, '-C', 'true']), 3);
    expect(shut.stderr).toContain('it may not connect to other hosts (AllowTcpForwarding, PermitOpen)');
    expect(far.stderr).toMatch(/jump host \[root@127\.\S+:22\]: it cannot connect: /);
  });

  test('a ProxyCommand is the way to its node, its own words tell why it failed, and it ends with the run', async () => {
    const proxy = "bash -c 'echo $$ >~/proxy; exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; wait'";
    const failing = 'sh -c "echo no way there >&2; exit 7"';
    const home = homeWith(
      `Host odd\n HostName ${leaves[0]?.host}\n ProxyCommand ${proxy}\nHost bad\n ProxyCommand ${failing}\n`,
    );
    const ran = await expectExit(runIn(home, ['-o', 'odd', '-C', 'hostname']), 0);
    expect(ran.stdout).toBe(`odd ${leaves[0]?.name}\n`);
    await until('it has ended', () => !isAlive(readFileSync(join(home, 'proxy'), 'utf8').trim()));
    const bad = await expectExit(runIn(home, ['-o', 'bad', '-C', 'true']), 3);
    expect(bad.stderr).toContain('the ProxyCommand ended with exit 7: no way there');
  });
});
