/** RevokedHostKeys of ssh_config: what it lists is refused, whatever else is known of a host. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { plainHostConfig } from '../../../src/ssh/config/host-config.ts';
import { loadHostKeys } from '../../../src/ssh/host-keys/of-nodes.ts';
import type { HostKeyPolicy } from '../../../src/ssh/host-keys/policy.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
mkdirSync(join(directory, '.ssh'));

const NODE: Node = { id: nodeId('u', 'web', 22), user: 'u', host: 'web', port: 22, given: 'web' };
const BAD = generateKeyPair();
const GOOD = generateKeyPair();
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

/** The judgement of keys where ssh_config names a file with this text; both keys are known. */
async function load(
  revoked: string | Buffer | undefined,
  checking: HostKeyPolicy['checking'] = 'accept-new',
) {
  const file = join(directory, 'revoked');
  rmSync(file, { force: true });
  if (revoked !== undefined) writeFileSync(file, revoked);
  writeFileSync(join(directory, '.ssh/known_hosts'), `web ${BAD.public}\nweb ${GOOD.public}\n`);
  const settings = {
    hostKeys: { checking },
    homeDirectory: directory,
    configOf: () => ({ ...plainHostConfig('web'), revokedHostKeys: file }),
    warn: () => {},
  };
  return loadHostKeys(settings, [NODE]);
}

/** A certificate of the host, signed by BAD. */
function certificate(): Buffer {
  writeFileSync(join(directory, 'authority'), BAD.private, { mode: 0o600 });
  writeFileSync(join(directory, 'host.pub'), GOOD.public);
  execFileSync('ssh-keygen', ['-q', '-s', 'authority', '-I', 'web', '-h', '-n', 'web', 'host.pub'], {
    cwd: directory,
    stdio: 'ignore',
  });
  return blob(readFileSync(join(directory, 'host-cert.pub'), 'utf8'));
}

describe('RevokedHostKeys', () => {
  test.each(['accept-new', 'yes', 'no'] as const)(
    'S1 a key that is listed is refused with file and line, though the host is known by it (%s)',
    async (checking) => {
      const keys = await load(`# lost\n\n  ${BAD.public} of web\n`, checking);
      expect(keys.refusal(NODE, blob(BAD.public))).toMatchObject({
        code: 'host-key-revoked',
        message: expect.stringContaining(`(${directory}/revoked:3)`),
      });
      expect(keys.refusal(NODE, blob(GOOD.public))).toBeUndefined();
    },
  );

  test('S1 S3 a certificate of an authority that is listed is refused, though its key is known', async () => {
    const keys = await load(`${BAD.public}\n`);
    expect(keys.refusal(NODE, certificate())).toMatchObject({ code: 'host-key-revoked' });
    expect((await load(`${generateKeyPair().public}\n`)).refusal(NODE, certificate())).toBeUndefined();
  });

  test('S1 a file that is not there, or holds what is no key, is trusted with no host, as with ssh', async () => {
    await expect(load(undefined)).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: `cannot read ${directory}/revoked, which RevokedHostKeys names: no such file`,
    });
    await expect(load(`${BAD.public}\nSHA256:abc\n`)).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining(`${directory}/revoked:2: `),
    });
  });

  test('S1 a key that was cut off, or has a letter too many or a wrong one, trusts no host: it would revoke nothing', async () => {
    const [type = '', encoded = ''] = BAD.public.split(' ');
    const bodies = [
      encoded.slice(0, -8),
      `${encoded}AAAA`,
      encoded.replace(/.{4}$/, '*$&'),
      encoded.slice(0, 20),
    ];
    for (const body of bodies)
      await expect(load(`${GOOD.public}\n${type} ${body}\n`), body).rejects.toMatchObject({
        code: 'host-key-unknown',
        message: expect.stringContaining(`${directory}/revoked:2: `),
      });
  });

  test('S1 the line of a certificate revokes the key in it, as with ssh', async () => {
    const line = `ssh-ed25519-cert-v01@openssh.com ${certificate().toString('base64')}`;
    const keys = await load(`${line}\n`);
    expect(keys.refusal(NODE, blob(GOOD.public))).toMatchObject({ code: 'host-key-revoked' });
    expect(keys.refusal(NODE, certificate())).toMatchObject({ code: 'host-key-revoked' });
    expect(keys.refusal(NODE, blob(BAD.public))).toBeUndefined();
  });

  test('S1 a list of ssh-keygen -k, which is no text, is refused by name, with what can read it', async () => {
    writeFileSync(join(directory, 'bad.pub'), BAD.public);
    execFileSync('ssh-keygen', ['-q', '-k', '-f', 'list', 'bad.pub'], { cwd: directory });
    await expect(load(readFileSync(join(directory, 'list')))).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining('key revocation list'),
      hint: expect.stringContaining('--transport openssh'),
    });
  });
});
