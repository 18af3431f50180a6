/** Certificates of hosts, as ssh-keygen makes them, and what `@cert-authority` lines make of them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { loadHostKeys } from '../../../src/ssh/host-keys/of-nodes.ts';
import { often } from '../../often.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
const path = (name: string) => join(directory, name);
const keygen = (...args: readonly string[]) =>
  execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });
const line = (file: string) => readFileSync(path(file), 'utf8').trim().split(' ').slice(0, 2).join(' ');
const blob = (file: string) => Buffer.from(line(file).split(' ')[1] ?? '', 'base64');

beforeAll(() => {
  for (const type of ['ed25519', 'ecdsa']) keygen('-t', type, '-N', '', '-f', path(type));
  // A key of ssh-keygen's usual length takes it up to a second.
  keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', path('rsa'));
  keygen('-t', 'ecdsa', '-b', '521', '-N', '', '-f', path('p521'));
  keygen('-t', 'ed25519', '-N', '', '-f', path('host'));
});

/** A certificate of the key `host`. */
function certificate(authority: string, ...args: readonly string[]): Buffer {
  keygen('-s', path(authority), '-I', 'a host', ...args, path('host.pub'));
  return blob('host-cert.pub');
}

const node = (port = 22): Node => ({
  id: nodeId('u', 'web1', port),
  user: 'u',
  host: 'web1',
  port,
  given: 'web1',
});

let homes = 0;
async function judge(
  knownHosts: string,
  shown: Buffer,
  { checking = 'yes', port = 22 }: { checking?: 'yes' | 'accept-new' | 'no'; port?: number } = {},
) {
  const home = path(`home${homes++}`);
  mkdirSync(join(home, '.ssh'), { recursive: true });
  writeFileSync(join(home, '.ssh/known_hosts'), knownHosts);
  const keys = await loadHostKeys({ hostKeys: { checking }, homeDirectory: home, warn: () => {} });
  const refusal = keys.refusal(node(port), shown);
  keys.remember(node(port), shown);
  await keys.written();
  const added = readFileSync(join(home, '.ssh/known_hosts'), 'utf8').slice(knownHosts.length);
  return { refusal, added, offers: keys.hasAuthority(node(port)) };
}

describe('S3 a host that an authority vouches for', () => {
  it.each(['ed25519', 'ecdsa', 'p521', 'rsa'])(
    'is known by its certificate, and not added: signed with %s',
    async (name) => {
      // Numbers in a signature are of different lengths by chance.
      for (let round = 0; round < often(8, 100); round++) {
        const shown = certificate(name, '-h', '-n', 'web1,web2');
        const judged = await judge(`@cert-authority web* ${line(`${name}.pub`)}\n`, shown);
        expect(judged).toEqual({ refusal: undefined, added: '', offers: true });
      }
    },
  );

  it('is known at another port, too', async () => {
    const shown = certificate('ed25519', '-h', '-n', 'web1');
    const { refusal } = await judge(`@cert-authority web1 ${line('ed25519.pub')}\n`, shown, { port: 2222 });
    expect(refusal).toBeUndefined();
  });

  it.each([
    ['for another host', ['-h', '-n', 'web2'], 'it is not for web1'],
    ['that has expired', ['-h', '-n', 'web1', '-V', '20200101000000Z:20210101000000Z'], 'it expired at'],
    [
      'that is not valid yet',
      ['-h', '-n', 'web1', '-V', '20900101000000Z:20910101000000Z'],
      'it is not valid before',
    ],
    ['of a user', ['-n', 'web1'], 'it is not for hosts'],
    ['with a critical option', ['-h', '-n', 'web1', '-O', 'critical:odd=1'], 'critical option'],
  ])('is refused with a certificate %s, and what it holds is told', async (_name, args, why) => {
    const shown = certificate('ed25519', ...args);
    const known = `@cert-authority * ${line('ed25519.pub')}\n`;
    const { refusal, added } = await judge(known, shown, { checking: 'accept-new' });
    expect(refusal?.code).toBe('host-key-unknown');
    expect(refusal?.message).toContain(why);
    expect(refusal?.message).toContain("certificate 'a host'");
    expect(refusal?.message).toMatch(/known_hosts:1$/);
    expect(added).toBe('');
  });

  it.each(['ed25519', 'ecdsa', 'rsa'])(
    'is refused when any byte of its certificate was changed: %s',
    async (name) => {
      const shown = certificate(name, '-h', '-n', 'web1');
      const known = `@cert-authority * ${line(`${name}.pub`)}\n`;
      const keys = async (bytes: Buffer) => (await judge(known, bytes)).refusal;
      for (let at = 40; at < shown.length; at += 7) {
        const changed = Buffer.from(shown);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(await keys(changed), `byte ${at}`).toBeDefined();
      }
    },
  );

  it('is taken for its plain key where another authority signed it', async () => {
    const shown = certificate('ecdsa', '-h', '-n', 'web1');
    const authority = `@cert-authority * ${line('ed25519.pub')}\n`;
    expect((await judge(authority, shown)).refusal?.code).toBe('host-key-unknown');
    expect((await judge(`${authority}web1 ${line('host.pub')}\n`, shown)).refusal).toBeUndefined();
  });

  it.each(['host', 'ed25519'])(
    'is refused when a line revokes its key or its authority: %s',
    async (name) => {
      const shown = certificate('ed25519', '-h', '-n', 'web1');
      const known = `@cert-authority * ${line('ed25519.pub')}\n@revoked * ${line(`${name}.pub`)}\n`;
      for (const checking of ['yes', 'no'] as const)
        expect((await judge(known, shown, { checking })).refusal?.code).toBe('host-key-revoked');
    },
  );
});
