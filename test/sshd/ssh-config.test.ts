import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeyPair } from '../../src/demo/key-pair.ts';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('what ssh_config says of a host', () => {
  let farm: Farm;
  let hosts: string[];

  beforeAll(async () => {
    farm = await startScene(3, ['AcceptEnv GREETING TOLD']);
    hosts = farm.nodes.map(({ host }) => host);
  });
  afterAll(() => farm?.stop());

  /** A home with this ~/.ssh/config, and the key of the farm only where the config can name it. */
  function homeWith(config: string, mode = 0o600): string {
    const home = mkdtempSync(join(farm.home, 'home-'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh/farm_key'), readFileSync(farm.keyPath), { mode: 0o600 });
    writeFileSync(join(home, '.ssh/config'), config);
    chmodSync(join(home, '.ssh/config'), mode);
    return home;
  }

  function runIn(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Lockstep {
    return run(farm, args, { nodes: [], readsSshConfig: true, env: { HOME: home, ...env } });
  }

  const common = 'Host *\n User root\n IdentityFile ~/.ssh/farm_key\n HashKnownHosts no\n';

  test('is what a run connects by: address, user, key, environment and known_hosts; the node keeps the name as it was typed', async () => {
    const home = homeWith(`Host web1
 HostName ${hosts[0]}
 SetEnv GREETING=hello
 SendEnv TOL*
Host web2
 HostName=${hosts[1]}
 HostKeyAlias web-two
 UserKnownHostsFile ~/.ssh/of_%n
 IdentitiesOnly yes
 ServerAliveInterval 5
 Ciphers ^aes256-ctr
${common}`);
    const lines = ['--json', '-o', 'web1', '-o', 'web2', '-o', 'root@web1', '-C', 'echo "$GREETING:$TOLD:"'];
    const ran = await expectExit(runIn(home, lines, { TOLD: 'told' }), 0);
    const told = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { node: string; body: string });
    expect(told.map(({ node, body }) => `${node} ${body.trim()}`).sort()).toEqual([
      '[root@web1:22] hello:told:',
      '[root@web2:22] ::',
    ]);
    expect(readFileSync(join(home, '.ssh/known_hosts'), 'utf8')).toMatch(
      new RegExp(`^${hosts[0]} ssh-\\S+ \\S+\n$`),
    );
    expect(readFileSync(join(home, '.ssh/of_web2'), 'utf8')).toMatch(/^web-two ssh-\S+ \S+\n$/);
  });

  test('comes behind the options, and -F names another file, or none', async () => {
    const home = homeWith(`Host a\n HostName ${hosts[0]}\n Port 1\n StrictHostKeyChecking yes\n${common}`);
    const refused = await expectExit(runIn(home, ['-o', 'a:22', '-C', 'true']), 3);
    expect(refused.stderr).toContain('host key is unknown');
    const args = ['--strict-host-key-checking', 'accept-new', '--ssh-option', 'Port=22'];
    const ran = await expectExit(runIn(home, [...args, '-o', 'a', '-C', 'echo ok']), 0);
    expect(ran.stdout).toBe('a ok\n');
    await expectExit(runIn(home, ['-F', 'none', ...args, '-o', 'a', '-C', 'true']), 3);
    writeFileSync(join(home, 'other'), `Host b\n HostName ${hosts[1]}\n${common}`);
    await expectExit(runIn(home, ['-F', join(home, 'other'), '-o', 'b', '-C', 'true']), 0);
  });

  test('a key of the default files is not tried where IdentityFile names another', async () => {
    const home = homeWith(`Host a\n HostName ${hosts[0]}\n User root\n IdentityFile ~/.ssh/wrong\n`);
    writeFileSync(join(home, '.ssh/id_ed25519'), readFileSync(farm.keyPath), { mode: 0o600 });
    writeFileSync(join(home, '.ssh/wrong'), generateKeyPair().private, { mode: 0o600 });
    const ran = await expectExit(runIn(home, ['-o', 'a', '-C', 'true']), 3);
    expect(ran.stderr).toMatch(/cannot log in as root: tried .*\.ssh\/wrong/);
    expect(ran.stderr).not.toContain('id_ed25519');
  });

  test('a node behind a jump host is never connected to directly, whatever is wrong with that host', async () => {
    const home = homeWith(`Host gated\n HostName ${hosts[2]}\n ProxyJump gate.invalid\n${common}`);
    const ran = await expectExit(runIn(home, ['-o', 'gated', '-C', 'touch /tmp/reached']), 3);
    expect(ran.stderr).toMatch(/jump host \[root@gate\.invalid:22\]: cannot resolve host/);
    expect(await farm.nodes[2]?.run('ls /tmp/reached')).not.toMatchObject({ code: 0 });
  });

  test('what is wrong in it, or written by others, is exit 64 with its place, and nothing is connected', async () => {
    const wrong = homeWith(`Host a\n HostName ${hosts[0]}\n Port many\n${common}`);
    const ran = await expectExit(runIn(wrong, ['-o', hosts[1] ?? '', '-C', 'touch /tmp/reached']), 64);
    expect(ran.stderr).toContain("/.ssh/config:3:7: 'many'; expected a number from 1 to 65535");
    const open = homeWith(common, 0o666);
    const refused = await expectExit(runIn(open, ['-o', hosts[1] ?? '', '-C', 'touch /tmp/reached']), 64);
    expect(refused.stderr).toContain('belongs to somebody else, or others may write it');
    expect(await farm.nodes[1]?.run('ls /tmp/reached')).not.toMatchObject({ code: 0 });
    expect(existsSync(join(wrong, '.ssh/known_hosts'))).toBe(false);
  });

  test('what only ssh can decide is asked of ssh -G, for that host alone', async () => {
    const home = homeWith(
      `Match originalhost late exec "echo asked >>~/asked; true"\n HostName ${hosts[0]}\nHost plain\n HostName ${hosts[1]}\n${common}`,
    );
    const ran = await expectExit(runIn(home, ['-o', 'late', '-o', 'plain', '-C', 'echo ok']), 0);
    expect(ran.stdout.trim().split('\n').sort()).toEqual(['late ok', 'plain ok']);
    expect(readFileSync(join(home, 'asked'), 'utf8')).toBe('asked\n');
  });
});
