/** Certificates as ssh-keygen makes them: what they say, which are used, and what is told of the others. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateText, parseCertificate } from '../../../src/ssh/certificate.ts';
import { loadIdentities } from '../../../src/ssh/ssh2/keys/identities.ts';
import { homeWith, keyPath, makeKeys } from './key-files.ts';

/** Signs the public key with the key `ecdsa` as the authority; the certificate is beside the key. */
function certify(name: string, ...args: readonly string[]): string {
  execFileSync('ssh-keygen', ['-q', '-s', keyPath('ecdsa'), '-I', 'who', ...args, keyPath(`${name}.pub`)], {
    stdio: 'ignore',
  });
  return keyPath(`${name}-cert.pub`);
}

beforeAll(() => makeKeys('ed25519', 'ecdsa', 'rsa'));

const blobOf = (path: string) => Buffer.from(readFileSync(path, 'utf8').split(' ')[1] ?? '', 'base64');

interface Wishes {
  readonly key?: string;
  readonly certificateFiles?: readonly string[];
}

async function load(home: string, wishes: Wishes = {}) {
  const { all, notes } = await loadIdentities({ homeDirectory: home, warn: () => {}, ...wishes });
  return { tried: all.map(({ description }) => description), notes: notes.join('; ') };
}

describe('a certificate', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'])('of a key %s says whose it is, how long, and which key', (name) => {
    const path = certify(name, '-n', 'alice,bob', '-V', '20200101000000Z:20400101000000Z');
    const certificate = parseCertificate(blobOf(path));
    expect(certificate).toMatchObject({ role: 'user', keyId: 'who', principals: ['alice', 'bob'] });
    expect(certificate?.plainKey).toEqual(blobOf(keyPath(`${name}.pub`)));
    expect(certificate?.authority).toEqual(blobOf(keyPath('ecdsa.pub')));
    expect(certificate && certificateText(certificate)).toMatch(
      /^certificate 'who' for 'alice', 'bob', valid until 20(39|40)-\S+Z$/,
    );
  });

  it('that is cut off anywhere is none', () => {
    const blob = blobOf(certify('ed25519', '-n', 'alice'));
    for (let end = 40; end < blob.length; end++)
      expect(() => parseCertificate(blob.subarray(0, end))).toThrow();
    expect(() => parseCertificate(Buffer.concat([blob, Buffer.alloc(1)]))).toThrow();
  });
});

describe('the certificates of a run', () => {
  it('beside a default key are tried before it', async () => {
    certify('ed25519', '-n', 'alice');
    const home = homeWith({ id_ed25519: 'ed25519', 'id_ed25519-cert.pub': 'ed25519-cert.pub' });
    const { tried } = await load(home);
    expect(tried).toEqual([
      expect.stringMatching(/id_ed25519-cert\.pub \(.*\), certificate 'who' for 'alice'/),
      expect.stringMatching(/id_ed25519 \(ssh-ed25519/),
    ]);
  });

  it('beside the key of -k go with it, and CertificateFile takes their place', async () => {
    certify('rsa', '-n', 'alice');
    copyFileSync(keyPath('rsa-cert.pub'), keyPath('elsewhere.pub'));
    certify('rsa', '-n', 'bob');
    const beside = await load(homeWith({}), { key: keyPath('rsa') });
    expect(beside.tried.join()).toContain("'bob'");
    const named = await load(homeWith({}), {
      key: keyPath('rsa'),
      certificateFiles: [keyPath('elsewhere.pub')],
    });
    expect(named.tried.join()).toContain("'alice'");
    expect(named.tried).toHaveLength(2);
  });

  it.each([
    [
      'an expired one',
      ['-n', 'alice', '-V', '20200101000000Z:20210101000000Z'],
      'it expired at 202',
      "'alice'",
    ],
    [
      'one of the future',
      ['-n', 'alice', '-V', '20900101000000Z:20910101000000Z'],
      'it is not valid before',
      "'alice'",
    ],
    ['one of a host', ['-h', '-n', 'web1'], 'it is not for users', "'web1'"],
  ])('%s is not tried, and told by name with what it holds', async (_name, args, why, holds) => {
    certify('ed25519', ...args);
    const { tried, notes } = await load(homeWith({}), { key: keyPath('ed25519') });
    expect(tried).toEqual([expect.stringMatching(/ed25519 \(ssh-ed25519/)]);
    expect(notes).toContain(`the certificate ${keyPath('ed25519-cert.pub')} was not used: ${why}`);
    expect(notes).toContain(holds);
  });

  it.each([
    ['missing', 'no such file'],
    ['.', 'it is a directory'],
    ['garbage', 'it is damaged'],
    ['ed25519.pub', 'no certificate'],
    ['rsa-cert.pub', 'the key that it is for is not at hand'],
  ])(
    'S6 a CertificateFile that cannot be used (%s) is told with the reason, and nothing of what is in it',
    async (name, why) => {
      certify('rsa', '-n', 'alice');
      writeFileSync(keyPath('garbage'), 'SECRET-CANARY is none');
      const { notes } = await load(homeWith({}), {
        key: keyPath('ed25519'),
        certificateFiles: [join(keyPath(name))],
      });
      expect(notes).toContain(why);
      expect(notes).not.toMatch(/SECRET|CANARY/);
    },
  );
});
