/** What a run reaches without a flag: each node by the transport that it needs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene } from './scene.ts';

/** Debian's ssh has it, and ssh2 has not. */
const POST_QUANTUM = 'sntrup761x25519-sha512@openssh.com';
/** Further sshds, each at a port of its own. */
const PORTS = { postQuantum: 2211, certificates: 2212 };

const readText = (file: string) => readFileSync(file, 'utf8');

describe('without a flag', () => {
  let farm: Farm;
  let gate: FarmNode;
  let inner: FarmNode;
  let leaf: FarmNode;
  let directory: string;
  const path = (name: string) => join(directory, name);
  const keygen = (...args: readonly string[]) =>
    execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });

  beforeAll(async () => {
    farm = await startScene(3, ['LogLevel VERBOSE']);
    [gate, inner, leaf] = farm.nodes as [FarmNode, FarmNode, FarmNode];
    directory = mkdtempSync(join(farm.home, 'auto-'));
    keygen('-t', 'ed25519', '-N', '', '-f', path('authority'));
    keygen('-t', 'ed25519', '-N', '', '-f', path('host'));
    keygen('-t', 'ed25519', '-N', '', '-f', path('user'));
    keygen('-s', path('authority'), '-I', 'node', '-h', '-n', leaf.host, path('host.pub'));
    keygen('-s', path('authority'), '-I', 'someone', '-n', 'root', path('user.pub'));
    const files = { host: 600, 'host-cert.pub': 644, 'authority.pub': 644 };
    for (const [name, mode] of Object.entries(files))
      await leaf.run(
        `cat >/etc/ssh/auto_${name} <<'END'\n${read(name)}END\nchmod ${mode} /etc/ssh/auto_${name}`,
      );
    await startSshd(PORTS.postQuantum, `-o KexAlgorithms=${POST_QUANTUM} -o MaxSessions=1`);
    const certified = '-o HostCertificate=/etc/ssh/auto_host-cert.pub';
    const users = '-o TrustedUserCAKeys=/etc/ssh/auto_authority.pub -o AuthorizedKeysFile=none';
    await startSshd(PORTS.certificates, `${certified} ${users}`);
  });
  afterAll(() => farm?.stop());

  const read = (name: string) => readText(path(name));

  async function startSshd(port: number, options: string): Promise<void> {
    const { code, stderr } = await leaf.run(
      `/usr/sbin/sshd -p ${port} -o ListenAddress=${leaf.host} -o PidFile=none -h /etc/ssh/auto_host ${options}`,
    );
    expect(code, stderr).toBe(0);
  }

  /** With the farm's key as default identity; `config`: its ssh_config. */
  function homeWith(config = '', key = readText(farm.keyPath)): string {
    const home = mkdtempSync(path('home-'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh/config'), config, { mode: 0o600 });
    if (key !== '') writeFileSync(join(home, '.ssh/id_ed25519'), key, { mode: 0o600 });
    return home;
  }

  const at = (port: number) => `root@${leaf.host}:${port}`;
  /** A node with an sshd as any other. */
  const plain = () => `root@${inner.host}`;

  function runIn(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Lockstep {
    return run(farm, args, { nodes: [], readsSshConfig: true, env: { HOME: home, ...env } });
  }

  async function agentWith(...keys: readonly string[]): Promise<NodeJS.ProcessEnv> {
    const env = { SSH_AUTH_SOCK: join(mkdtempSync(path('agent-')), 'socket') };
    const agent = spawn('ssh-agent', ['-D', '-a', env.SSH_AUTH_SOCK], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    farm.atStop(() => agent.kill());
    await once(agent.stdout, 'data');
    for (const key of keys)
      execFileSync('ssh-add', ['-q', key], { env: { ...process.env, ...env }, stdio: 'ignore' });
    return env;
  }

  /** A program `ssh` before the real one, that leaves a mark. */
  function markedSsh(): { readonly mark: string; readonly env: NodeJS.ProcessEnv } {
    const bin = mkdtempSync(path('bin-'));
    const mark = join(bin, 'mark');
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\ntouch ${mark}\nexec /usr/bin/ssh "$@"\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    return { mark, env: { PATH: `${bin}:${process.env.PATH}` } };
  }

  test('a server with post-quantum key exchange alone is reached by OpenSSH beside one by ssh2, and -v says why', async () => {
    const home = homeWith();
    const ran = runIn(home, ['-v', '-o', at(PORTS.postQuantum), '-o', plain(), '-C', 'echo in']);
    await expectExit(ran, 0);
    expect(ran.stderr.match(/ in$/gm)).toHaveLength(2);
    const why = `by the ssh of this machine, since no algorithm in common: ${leaf.host}:2211`;
    expect(ran.stderr).toContain(why);
    expect(readText(join(home, '.ssh/known_hosts')).match(/^/gm)?.length).toBeGreaterThan(1);
  });

  test('where such a server has no channel left, a second connection goes the same way', async () => {
    writeFileSync(path('a.conf'), 'text of a\n');
    const upload = ['-r', '/srv/new', '-e', '-U', path('a.conf')];
    const ran = await expectExit(runIn(homeWith(), ['-v', '-o', at(PORTS.postQuantum), ...upload]), 0);
    expect(ran.stderr).toContain('opens a second connection');
    expect((await leaf.run('find /srv/new -name a.conf -exec cat {} +')).stdout).toBe('text of a\n');
  });

  test('ssh_config decides where it asks for what only OpenSSH has, and --list tells it', async () => {
    const home = homeWith(
      `Host odd\n HostName ${leaf.host}\n Port 2211\n User root\n KexAlgorithms ${POST_QUANTUM}\n`,
    );
    const hosts = ['-o', 'odd', '-o', plain()];
    const listed = await expectExit(runIn(home, [...hosts, '--list']), 0);
    expect(listed.stdout).toBe(
      `root@odd:2211  # at ${leaf.host} by openssh\nroot@${inner.host}:22  # by ssh2\n`,
    );
    const json = await expectExit(runIn(home, [...hosts, '--list', '--json']), 0);
    const ways = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).way.transport);
    expect(ways).toEqual(['openssh', 'ssh2']);
    const ran = await expectExit(runIn(home, ['-v', ...hosts, '-C', 'echo in']), 0);
    expect(ran.stderr.match(/ in$/gm)).toHaveLength(2);
    expect(ran.stderr).toContain('since ssh_config says KexAlgorithms: odd:2211');
    expect(ran.stderr).not.toContain('no algorithm in common');
  });

  test('a chain of two jump hosts leads to either kind of server, with the keys and known hosts of lockstep at each', async () => {
    const chain = `Host outer\n HostName ${gate.host}\nHost inner\n HostName ${inner.name}\n ProxyJump outer\nHost far-new\n HostName ${leaf.name}\nHost far-old\n HostName ${gate.name}\nHost far*\n ProxyJump inner\nHost *\n User root\n HashKnownHosts no\n`;
    const home = homeWith(chain, '');
    const known = join(home, 'known');
    const given = ['-k', farm.keyPath, '--known-hosts', known];
    const hosts = ['-o', `far-new:${PORTS.postQuantum}`, '-o', 'far-old'];
    const ran = await expectExit(runIn(home, [...given, ...hosts, '-C', 'hostname']), 0);
    expect(ran.stdout.trim().split('\n').sort()).toEqual([`far-new ${leaf.name}`, `far-old ${gate.name}`]);
    const names = readText(known)
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(new Set(names)).toEqual(new Set([gate.host, inner.name, gate.name, `[${leaf.name}]:2211`]));
    expect(existsSync(join(home, '.ssh/known_hosts'))).toBe(false);
    // What nobody knows is refused at a jump host, too.
    const strict = ['--known-hosts', '/dev/null', '--strict-host-key-checking', 'yes'];
    const only = ['--transport', 'openssh', '-k', farm.keyPath, ...strict, '-o', 'far-old'];
    expect((await expectExit(runIn(home, [...only, '-C', 'true']), 3)).stderr).toMatch(/host key/i);
  });

  test('a user certificate logs in, from a file and from ssh-agent, where the host shows a certificate', async () => {
    const authority = read('authority.pub');
    const home = homeWith('', '');
    writeFileSync(join(home, '.ssh/known_hosts'), `@cert-authority * ${authority}`);
    const call = ['--strict-host-key-checking', 'yes', '-o', at(PORTS.certificates), '-C', 'echo in'];
    expect((await expectExit(runIn(home, ['-k', path('user'), ...call]), 0)).stdout).toContain('in\n');
    await expectExit(runIn(home, call, await agentWith(path('user'))), 0);
    for (const name of ['user', 'user-cert.pub'])
      writeFileSync(join(home, '.ssh', name.replace('user', 'id_ed25519')), read(name), { mode: 0o600 });
    await expectExit(runIn(home, call), 0);
  });

  test('an encrypted key that ssh-agent holds logs in by either transport', async () => {
    const locked = path('locked');
    writeFileSync(locked, readText(farm.keyPath), { mode: 0o600 });
    const env = await agentWith(locked);
    keygen('-p', '-P', '', '-N', 'a passphrase', '-f', locked);
    const home = homeWith('', readText(locked));
    const hosts = ['-o', plain(), '-o', at(PORTS.postQuantum)];
    await expectExit(runIn(home, [...hosts, '-C', 'true'], env), 0);
  });

  test('S17 a refused password is not tried by OpenSSH, and neither are keys that were refused', async () => {
    await leaf.run('echo root:right | chpasswd');
    const { mark, env } = markedSsh();
    const askpass = path('askpass');
    writeFileSync(askpass, '#!/bin/sh\necho wrong\n', { mode: 0o755 });
    const asked = { ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    const config = 'NumberOfPasswordPrompts 1\n';
    const byPassword = ['-p', '-o', plain(), '-C', 'true'];
    await expectExit(runIn(homeWith(config), byPassword, asked), 3);
    await expectExit(runIn(homeWith('', read('user')), ['-o', plain(), '-C', 'true'], env), 3);
    expect(existsSync(mark)).toBe(false);
    await expectExit(runIn(homeWith(), ['-o', at(PORTS.postQuantum), '-C', 'true'], env), 0);
    expect(existsSync(mark)).toBe(true);
  });

  test('where OpenSSH fails as well both are told, the first one first; where it is not installed a hint says so', async () => {
    const call = ['-o', at(PORTS.postQuantum), '-C', 'true'];
    const both = await expectExit(runIn(homeWith('', read('user')), call), 3);
    expect(both.stderr).toMatch(
      /no matching key exchange algorithm.*; and ssh cannot connect: .*[Pp]ermission denied/,
    );
    const none = await expectExit(runIn(homeWith(), call, { PATH: directory }), 3);
    expect(none.stderr).toContain('no matching key exchange algorithm');
    expect(none.stderr).toMatch(/hint: .*ssh is not installed here, or not in PATH/);
  });
});
