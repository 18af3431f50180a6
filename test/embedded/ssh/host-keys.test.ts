import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utils } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { fingerprint } from '../../../src/ssh/host-keys/fingerprint.ts';
import type { HostKeyPolicy } from '../../../src/ssh/host-keys/policy.ts';
import { createSsh2Transport } from '../../../src/ssh/ssh2/transport.ts';
import {
  embeddedNode,
  localNode,
  NEVER,
  rejectionOf,
  scratch,
  scriptedServer,
  settingsIn,
} from './support.ts';

const POLICIES: HostKeyPolicy['checking'][] = ['yes', 'accept-new', 'no'];

/** A home whose known_hosts has this text, and a way to connect to the port with it. */
async function home(knownHosts?: string) {
  const directory = await scratch();
  const file = join(directory, '.ssh/known_hosts');
  const settings = settingsIn(directory);
  if (knownHosts !== undefined) writeFileSync(file, knownHosts);
  const connect = async (port: number, checking: HostKeyPolicy['checking']) => {
    const transport = createSsh2Transport({ ...settings, hostKeys: { checking } });
    const connection = await transport.connect(localNode(port), NEVER);
    await connection.close();
  };
  return { file, connect, warnings: settings.warnings };
}

const fingerprintOf = (publicLine: string) =>
  fingerprint(Buffer.from(publicLine.split(' ')[1] ?? '', 'base64'));

describe('host keys', () => {
  it('S1 an unknown host is refused by policy yes, with its fingerprint, and nothing is written', async () => {
    const node = await embeddedNode();
    const { file, connect } = await home('');
    await expect(connect(node.port, 'yes')).rejects.toMatchObject({
      code: 'host-key-unknown',
      node: localNode(node.port),
      message: expect.stringContaining(fingerprintOf(node.hostKey)),
    });
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('S2 accept-new adds an unknown host once, with its port, in a file of mode 0600', async () => {
    const node = await embeddedNode();
    const { file, connect } = await home();
    await connect(node.port, 'accept-new');
    await connect(node.port, 'accept-new');
    await connect(node.port, 'yes');
    expect(readFileSync(file, 'utf8')).toBe(`[127.0.0.1]:${node.port} ${node.hostKey}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('S2 two first connections to one host at once write one line', async () => {
    const node = await embeddedNode();
    const directory = await scratch();
    const transport = createSsh2Transport(settingsIn(directory));
    const both = await Promise.all([1, 2].map(() => transport.connect(localNode(node.port), NEVER)));
    await Promise.all(both.map((connection) => connection.close()));
    expect(readFileSync(join(directory, '.ssh/known_hosts'), 'utf8').split('\n')).toHaveLength(2);
  });

  it('S1 a changed key is refused with both fingerprints, the key type, the file and the line', async () => {
    const node = await embeddedNode();
    const other = generateKeyPair().public;
    const { file, connect } = await home(`# a comment\n[127.0.0.1]:${node.port} ${other}\n`);
    const before = readFileSync(file, 'utf8');
    for (const policy of ['yes', 'accept-new'] as const) {
      const error = await rejectionOf(connect(node.port, policy));
      expect(error).toMatchObject({ code: 'host-key-changed', node: localNode(node.port) });
      expect(error.message).toContain(`ssh-ed25519 ${fingerprintOf(node.hostKey)}`);
      expect(error.message).toContain(`ssh-ed25519 ${fingerprintOf(other)} (${file}:2)`);
    }
    await connect(node.port, 'no');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each(POLICIES)(
    'S1 a revoked key is refused by policy %s, even where the same key is also trusted',
    async (policy) => {
      const node = await embeddedNode();
      const name = `[127.0.0.1]:${node.port}`;
      const { file, connect } = await home(`${name} ${node.hostKey}\n@revoked * ${node.hostKey}\n`);
      await expect(connect(node.port, policy)).rejects.toMatchObject({
        code: 'host-key-revoked',
        message: expect.stringContaining(`${file}:2`),
      });
    },
  );

  it('S1 a host that ssh-keygen -H has hashed is known, and a new one is hashed as well', async () => {
    const [known, fresh] = await Promise.all([embeddedNode(), embeddedNode()]);
    const { file, connect } = await home(`[127.0.0.1]:${known.port} ${known.hostKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    await connect(known.port, 'yes');
    await connect(fresh.port, 'accept-new');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 3))).toEqual(['|1|', '|1|']);
    const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${fresh.port}`, '-f', file]).toString();
    expect(found).toContain(fresh.hostKey);
  });

  it('S3 a host that only a certificate authority vouches for is refused, and that is said', async () => {
    const node = await embeddedNode();
    const { file, connect } = await home(`@cert-authority * ${generateKeyPair().public}\n`);
    await expect(connect(node.port, 'accept-new')).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining(`certificate authority in ${file}:1`),
    });
  });

  it('a port other than 22 is also known by the bare name, as in OpenSSH, and then not added', async () => {
    const node = await embeddedNode();
    const { file, connect } = await home(`127.0.0.1 ${node.hostKey}\n`);
    await connect(node.port, 'yes');
    await connect(node.port, 'accept-new');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it('a server with several keys is asked for the type that is known', async () => {
    const ed25519 = generateKeyPair();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const port = await scriptedServer({ hostKeys: [ed25519.private, pem] }, (client) => {
      client.on('authentication', (attempt) => attempt.accept());
    });
    const key = utils.parseKey(pem);
    if (key instanceof Error) throw key;
    const { connect } = await home(`[127.0.0.1]:${port} ssh-rsa ${key.getPublicSSH().toString('base64')}\n`);
    await connect(port, 'yes');
  });

  it('S1 a server that has none of the known types is taken for a changed host', async () => {
    const node = await embeddedNode();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = utils.parseKey(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    if (key instanceof Error) throw key;
    const { connect } = await home(
      `[127.0.0.1]:${node.port} ssh-rsa ${key.getPublicSSH().toString('base64')}\n`,
    );
    await expect(connect(node.port, 'accept-new')).rejects.toMatchObject({
      code: 'host-key-changed',
      message: expect.stringMatching(/shows ssh-ed25519 .* known is ssh-rsa /),
    });
  });

  it('S2 policy no warns once a run, and writes nothing', async () => {
    const node = await embeddedNode();
    const directory = await scratch();
    const settings = settingsIn(directory, { hostKeys: { checking: 'no' } });
    const transport = createSsh2Transport(settings);
    for (let count = 0; count < 2; count += 1)
      await (await transport.connect(localNode(node.port), NEVER)).close();
    expect(settings.warnings).toEqual([expect.stringContaining('host keys are not checked')]);
    expect(() => statSync(join(directory, '.ssh/known_hosts'))).toThrow('ENOENT');
  });

  it('a known_hosts that cannot be read fails every connection, since accepting its hosts as new would be blind', async () => {
    const node = await embeddedNode();
    const { file, connect } = await home();
    mkdirSync(file);
    await expect(connect(node.port, 'accept-new')).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: `cannot read ${file}: it is a directory`,
    });
  });
});
