// @module-tag slow: left out of npm run test:quick
/** Keys in PKCS#8, which the ssh2 package does not read: they sign as they would in a form that it does. */
import { execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyPath, load, makeKeys, PASSPHRASE } from './key-files.ts';

beforeAll(() => makeKeys('locked-pkcs8'));

describe('keys in PKCS#8, as openssl writes them', () => {
  const openssl = (name: string, ...words: string[]) =>
    execFileSync('openssl', ['genpkey', '-quiet', '-out', keyPath(name), ...words], { stdio: 'ignore' });

  it.each([
    ['rsa', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    [
      'ecdsa',
      ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:named_curve'],
    ],
    ['ed25519', ['-algorithm', 'ED25519']],
  ])('%s is read, and its signature is one of that key', async (kind, words) => {
    const name = `pkcs8-${kind}`;
    openssl(name, ...words);
    expect(readFileSync(keyPath(name), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    chmodSync(keyPath(name), 0o600);
    const { all } = await load('/nonexistent', keyPath(name));
    const method = all[0]?.method('me');
    if (method?.type !== 'publickey' || typeof method.key === 'string' || Buffer.isBuffer(method.key)) {
      throw new Error('not a key');
    }
    const publicKey = execFileSync('openssl', ['pkey', '-in', keyPath(name), '-pubout']);
    const hash = kind === 'rsa' ? 'sha512' : undefined;
    const signature = method.key.sign('data', hash);
    expect(signature).toBeInstanceOf(Buffer);
    if (kind === 'ecdsa') return;
    expect(verify(hash ?? null, Buffer.from('data'), publicKey, signature as Buffer)).toBe(true);
  });

  it('one of ssh-keygen -m PKCS8 shows the same public key as before', async () => {
    const fingerprint = execFileSync('ssh-keygen', ['-lf', keyPath('locked-pkcs8.pub')], {
      encoding: 'utf8',
    });
    keygenPassphrase('locked-pkcs8', 'open-pkcs8');
    const { all } = await load('/nonexistent', keyPath('open-pkcs8'));
    expect(all[0]?.description).toContain(fingerprint.split(' ')[1]);
  });

  function keygenPassphrase(from: string, to: string): void {
    copyFileSync(keyPath(from), keyPath(to));
    chmodSync(keyPath(to), 0o600);
    execFileSync('ssh-keygen', ['-p', '-m', 'PKCS8', '-f', keyPath(to), '-P', PASSPHRASE, '-N', ''], {
      stdio: 'ignore',
    });
  }

  it('S6 a damaged one is an error without anything of it', async () => {
    const text = readFileSync(keyPath('pkcs8-rsa'), 'utf8');
    writeFileSync(keyPath('pkcs8-broken'), text.replace(/.{60}\n/, '\n'));
    await expect(load('/nonexistent', keyPath('pkcs8-broken'))).rejects.toThrow('damaged');
  });
});
