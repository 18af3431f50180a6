// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identities, type IdentitySettings, loadIdentities } from '../../../src/ssh/identities.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-keys-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PASSPHRASE = 'correct horse';
const keyPath = (name: string) => join(directory, name);
const keygen = (name: string, ...words: string[]) =>
  execFileSync('ssh-keygen', ['-q', '-f', keyPath(name), '-C', 'me', ...words], { stdio: 'ignore' });

beforeAll(() => {
  keygen('ed25519', '-t', 'ed25519', '-N', '');
  keygen('ecdsa', '-t', 'ecdsa', '-N', '');
  keygen('rsa', '-t', 'rsa', '-b', '2048', '-N', '');
  keygen('rsa-pem', '-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM');
  keygen('locked', '-t', 'ed25519', '-N', PASSPHRASE);
  keygen('locked-pem', '-t', 'rsa', '-b', '2048', '-N', PASSPHRASE, '-m', 'PEM');
  keygen('locked-pkcs8', '-t', 'ecdsa', '-N', PASSPHRASE, '-m', 'PKCS8');
  writeFileSync(keyPath('broken'), readFileSync(keyPath('ed25519'), 'utf8').replace(/.{70}\n/, ''));
  writeFileSync(keyPath('text'), 'SECRET-CANARY is no key\n');
});

let homes = 0;
/** A home whose default keys are copies of these. */
function homeWith(files: Readonly<Record<string, string>>): string {
  homes += 1;
  const ssh = join(directory, `home${homes}/.ssh`);
  mkdirSync(ssh, { recursive: true });
  for (const [name, source] of Object.entries(files)) {
    copyFileSync(keyPath(source), join(ssh, name));
    chmodSync(join(ssh, name), 0o600);
  }
  return join(ssh, '..');
}

async function load(homeDirectory: string, key?: string): Promise<Identities & { warnings: string[] }> {
  const warnings: string[] = [];
  const found = await loadIdentities({ homeDirectory, key, warn: (text) => void warnings.push(text) });
  return { ...found, warnings };
}

/** The same at a terminal where somebody types this answer; `prompts`: what was asked. */
async function loadWith(answer: string, settings: Omit<IdentitySettings, 'warn' | 'askSecret'>) {
  const prompts: string[] = [];
  const askSecret = async (prompt: string) => {
    prompts.push(prompt);
    return answer;
  };
  const found = await loadIdentities({ ...settings, askSecret, warn: () => {} });
  return { ...found, prompts };
}

describe('identities', () => {
  it('the default files are tried in the order of OpenSSH, whatever kind of key is in them', async () => {
    const home = homeWith({ id_ed25519: 'ed25519', id_ecdsa: 'rsa-pem', id_rsa: 'ecdsa' });
    const { all, warnings } = await load(home);
    expect(all.map((one) => one.description.split(' ').slice(0, 2).join(' '))).toEqual([
      `${join(home, '.ssh/id_rsa')} (ecdsa-sha2-nistp256`,
      `${join(home, '.ssh/id_ecdsa')} (ssh-rsa`,
      `${join(home, '.ssh/id_ed25519')} (ssh-ed25519`,
    ]);
    expect(warnings).toEqual([]);
  });

  it.each(['locked', 'locked-pem', 'locked-pkcs8'])(
    'a default key with a passphrase (%s) is left out, with a warning that names ssh-add',
    async (name) => {
      const home = homeWith({ id_ed25519: name, id_rsa: 'rsa' });
      const { all, warnings } = await load(home);
      expect(all).toHaveLength(1);
      expect(warnings).toEqual([expect.stringContaining(`ssh-add ${join(home, '.ssh/id_ed25519')}`)]);
    },
  );

  it('S14 a key that others can read is used, with a warning', async () => {
    const home = homeWith({ id_ed25519: 'ed25519' });
    chmodSync(join(home, '.ssh/id_ed25519'), 0o644);
    const { all, warnings } = await load(home);
    expect(all).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('can be read by others')]);
  });

  it('a home without keys has none, and nothing to warn about', async () => {
    expect(await load(homeWith({}))).toMatchObject({ all: [], warnings: [] });
  });

  it.each([
    ['missing', 'no such file'],
    ['.', 'it is a directory'],
    ['locked', 'protected by a passphrase'],
    ['locked-pem', 'protected by a passphrase'],
    ['locked-pkcs8', 'protected by a passphrase'],
    ['broken', 'damaged'],
    ['text', 'damaged'],
    ['ed25519.pub', 'public key'],
  ])(
    'S6 -k with a key that cannot be used (%s) is an error that says why, and shows nothing of it',
    async (name, why) => {
      const failure = load(homeWith({ id_rsa: 'rsa' }), keyPath(name));
      await expect(failure).rejects.toMatchObject({
        name: 'LockstepError',
        code: 'auth',
        message: expect.stringContaining(why),
      });
      await expect(failure).rejects.not.toThrow(/SECRET|BEGIN|b3BlbnNzaC/);
    },
  );

  it('-k stands alone, also beside default keys', async () => {
    const { all } = await load(homeWith({ id_rsa: 'rsa' }), keyPath('ed25519'));
    expect(all.map((one) => one.description)).toEqual([
      expect.stringMatching(/ed25519 \(ssh-ed25519 SHA256:/),
    ]);
  });

  it('S5 an RSA key signs with SHA-2, and never with SHA-1', async () => {
    const { all } = await load(homeWith({}), keyPath('rsa'));
    const method = all[0]?.method('me');
    if (method?.type !== 'publickey' || typeof method.key === 'string' || Buffer.isBuffer(method.key)) {
      throw new Error('not a key');
    }
    expect(method.key.sign('data', 'sha256')).toBeInstanceOf(Buffer);
    expect(method.key.sign('data', 'sha1')).toBeInstanceOf(Error);
    expect(method.key.sign('data')).toBeInstanceOf(Error);
  });
});

describe('secrets that are asked for', () => {
  const nowhere = '/nonexistent';

  it.each(['locked', 'locked-pem'])(
    'the passphrase of -k (%s) is asked for once, and opens it',
    async (name) => {
      const { all, prompts } = await loadWith(PASSPHRASE, { homeDirectory: nowhere, key: keyPath(name) });
      expect(prompts).toEqual(['Key passphrase: ']);
      expect(all).toHaveLength(1);
      expect(all[0]?.method('me')).toMatchObject({ type: 'publickey', username: 'me' });
    },
  );

  it.each(['locked', 'locked-pem'])(
    'a wrong passphrase for -k (%s) is told in words that scripts know, without it',
    async (name) => {
      const error = await loadWith('SECRET-CANARY', { homeDirectory: nowhere, key: keyPath(name) }).catch(
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code: 'auth' });
      expect(error.message).toContain('invalid passphrase for private key specified');
      expect(JSON.stringify([error.message, error.hint])).not.toContain('SECRET-CANARY');
    },
  );

  it('an encrypted PKCS#8 key, which cannot be opened, is not called a wrong passphrase', async () => {
    const error = await loadWith(PASSPHRASE, { homeDirectory: nowhere, key: keyPath('locked-pkcs8') }).catch(
      (thrown) => thrown,
    );
    expect(error.message).toContain('PKCS#8');
  });

  it('default keys that are all locked: the first is asked for; beside an open one none is', async () => {
    const locked = await loadWith(PASSPHRASE, {
      homeDirectory: homeWith({ id_rsa: 'locked-pem', id_ed25519: 'locked' }),
    });
    expect(locked.prompts).toEqual(['Key passphrase: ']);
    expect(locked.all.map(({ description }) => description)).toEqual([expect.stringContaining('id_rsa')]);
    const mixed = await loadWith(PASSPHRASE, {
      homeDirectory: homeWith({ id_rsa: 'locked-pem', id_ed25519: 'ed25519' }),
    });
    expect(mixed.prompts).toEqual([]);
  });

  it('-p asks for the password alone, and offers no key', async () => {
    const home = homeWith({ id_ed25519: 'ed25519' });
    const found = await loadWith('pass', { homeDirectory: home, isPasswordWanted: true });
    expect(found).toMatchObject({ prompts: ['Password: '], all: [], password: 'pass' });
  });

  it('-p without a terminal says what is missing, before any connection', async () => {
    await expect(
      loadIdentities({ homeDirectory: nowhere, isPasswordWanted: true, warn: () => {} }),
    ).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('TTY is required for reading password'),
    });
  });
});
