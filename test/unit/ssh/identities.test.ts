// @module-tag slow: left out of npm run test:quick
/** Which keys a run has: of -k, of the home, or of an agent, and what is told of those that it cannot use. */
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadIdentities } from '../../../src/ssh/ssh2/keys/identities.ts';
import { homeWith, keyPath, load, makeDamagedKeys, makeKeys } from './key-files.ts';

beforeAll(() => {
  const remove = makeKeys('ed25519', 'ecdsa', 'rsa', 'rsa-pem', 'locked', 'locked-pem', 'locked-pkcs8');
  makeDamagedKeys();
  return remove;
});

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

describe('an agent', () => {
  let agents = 0;
  /** Takes connections, and never answers. */
  async function deafAgent(): Promise<{ path: string; asked: () => number; stop: () => void }> {
    let count = 0;
    const path = keyPath(`agent-${agents++}`);
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
