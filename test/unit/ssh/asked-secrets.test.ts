// @module-tag slow: left out of npm run test:quick
/** Passphrases and passwords: who is asked for which, how often, and what is told where nobody can be asked. */
import { beforeAll, describe, expect, it, test } from 'vitest';
import { plainHostConfig } from '../../../src/ssh/config/host-config.ts';
import { loadIdentities } from '../../../src/ssh/ssh2/keys/identities.ts';
import type { Identities, IdentitySettings } from '../../../src/ssh/ssh2/keys/identity-settings.ts';
import { Keyrings } from '../../../src/ssh/ssh2/keys/keyrings.ts';
import { homeWith, keyPath, makeKeys, PASSPHRASE } from './key-files.ts';

beforeAll(() => makeKeys('ed25519', 'locked', 'locked-pem', 'locked-pkcs8'));

/** What is loaded at a terminal where somebody types this answer; `prompts`: what was asked. */
async function loadWith(answer: string, settings: Omit<IdentitySettings, 'warn' | 'askSecret'>) {
  const prompts: string[] = [];
  const askSecret = async (prompt: string) => {
    prompts.push(prompt);
    return answer;
  };
  const found = await loadIdentities({ ...settings, askSecret, warn: () => {} });
  return { ...found, prompts };
}

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

test('whoever needs a passphrase that is being asked for waits for that answer, and it is asked for once a key', async () => {
  const home = homeWith({ id_ed25519: 'locked' });
  const prompts: string[] = [];
  let answer = (_: string) => {};
  const askSecret = (prompt: string) => {
    prompts.push(prompt);
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  };
  const rings = new Keyrings({ homeDirectory: home, askSecret, warn: () => {} });
  const key = `${home}/.ssh/id_ed25519`;
  const config = (more: object) => ({ ...plainHostConfig('web1'), identityFiles: [key], ...more });
  // What ssh_config says of the two differs, so their keys are looked for apart.
  const both = Promise.all([rings.of(config({})), rings.ofHop(config({ identitiesOnly: true }))]);
  await expect.poll(() => prompts).not.toEqual([]);
  answer(PASSPHRASE);
  const shown: Identities[] = [];
  for (const gate of await both) await gate.login(async (identities) => shown.push(identities));
  expect(shown.map(({ all }) => all.length)).toEqual([1, 1]);
  expect(prompts).toEqual([`${key}: Key passphrase: `]);
});
