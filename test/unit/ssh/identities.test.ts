// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identities, type IdentitySettings, loadIdentities } from '../../../src/ssh/ssh2/identities.ts';

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

  it.each(['locked', 'locked-pem', 'locked-pkcs8'])(
    'the passphrase of -k (%s) is asked for once, by its file, and opens it',
    async (name) => {
      const { all, prompts } = await loadWith(PASSPHRASE, { homeDirectory: nowhere, key: keyPath(name) });
      expect(prompts).toEqual([`${keyPath(name)}: Key passphrase: `]);
      expect(all).toHaveLength(1);
      expect(all[0]?.method('me')).toMatchObject({ type: 'publickey', username: 'me' });
    },
  );

  it.each(['locked', 'locked-pem', 'locked-pkcs8'])(
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

  it('a wrong passphrase is asked for again, three times in all, and the prompt says why', async () => {
    const wrong = ['no', 'nor this', 'nor that', PASSPHRASE];
    const prompts: string[] = [];
    const settings = {
      homeDirectory: nowhere,
      key: keyPath('locked'),
      secretTriesMax: 3,
      askSecret: async (prompt: string) => wrong[prompts.push(prompt) - 1] ?? '',
      warn: () => {},
    };
    await expect(loadIdentities(settings)).rejects.toThrow('invalid passphrase for private key specified');
    expect(prompts).toHaveLength(3);
    expect(prompts[1]).toMatch(/^invalid passphrase .*locked: Key passphrase: $/);
    wrong.splice(1, 2);
    prompts.length = 0;
    expect((await loadIdentities(settings)).all).toHaveLength(1);
    expect(prompts).toHaveLength(2);
  });

  it('default keys that are all locked: the first is asked for; beside an open one none is', async () => {
    const locked = await loadWith(PASSPHRASE, {
      homeDirectory: homeWith({ id_rsa: 'locked-pem', id_ed25519: 'locked' }),
    });
    expect(locked.prompts).toEqual([expect.stringMatching(/\/id_rsa: Key passphrase: $/)]);
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

  it('a password is asked for with the accounts that it is for, and again when it was refused, three times in all', async () => {
    const settings = { homeDirectory: nowhere, isPasswordWanted: true, users: ['ann', 'bob'] };
    const first = await loadWith('pass', { ...settings, secretTriesMax: 3 });
    expect(first.prompts).toEqual(['ann, bob: Password: ']);
    const second = await first.askAgain?.();
    expect(first.prompts[1]).toBe('the password was refused; ann, bob: Password: ');
    const third = await second?.askAgain?.();
    expect(await third?.askAgain?.()).toBeUndefined();
    expect(first.prompts).toHaveLength(3);
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

describe('an agent', () => {
  /** Takes connections, and never answers. */
  async function deafAgent(): Promise<{ path: string; asked: () => number; stop: () => void }> {
    let count = 0;
    const path = keyPath(`agent-${homes++}`);
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      count += 1;
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const stop = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    return { path, asked: () => count, stop };
  }

  it('is not asked where -k names a key that can be read', async () => {
    const agent = await deafAgent();
    const settings = { homeDirectory: '/nonexistent', agentSocket: agent.path, warn: () => {} };
    expect((await loadIdentities({ ...settings, key: keyPath('ed25519') })).all).toHaveLength(1);
    expect(agent.asked()).toBe(0);
    agent.stop();
  });

  it('that does not answer is named while it is waited for', async () => {
    const agent = await deafAgent();
    const told: string[] = [];
    const heard = new Promise<void>((resolve) => {
      const tell = (message: string) => {
        told.push(message);
        resolve();
      };
      const settings = { homeDirectory: '/nonexistent', agentSocket: agent.path, warn: () => {}, tell };
      void loadIdentities(settings).catch(() => {});
    });
    await heard;
    expect(told).toEqual([`waiting for ssh-agent at ${agent.path}`]);
    agent.stop();
  });
});

describe('when no key is found', () => {
  it.each([
    ['/nonexistent', undefined, ['/nonexistent/.ssh/{id_rsa,', 'SSH_AUTH_SOCK is not set']],
    [undefined, undefined, ['no home directory', 'SSH_AUTH_SOCK is not set']],
    ['/nonexistent', '/no/agent', ['/nonexistent/.ssh/', 'ssh-agent gave none', '/no/agent was not asked']],
  ])(
    'with the home %s and the agent %s it is told where was looked',
    async (homeDirectory, agentSocket, words) => {
      const { all, notes } = await loadIdentities({ homeDirectory, agentSocket, warn: () => {} });
      expect(all).toEqual([]);
      for (const word of words) expect(notes.join('; ')).toContain(word);
    },
  );
});
