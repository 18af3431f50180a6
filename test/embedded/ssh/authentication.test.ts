import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type KeyboardAuthContext, type PublicKeyAuthContext } from 'ssh2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateKeyPair, type KeyPair } from '../../../src/demo/key-pair.ts';
import { fingerprint } from '../../../src/ssh/host-keys/fingerprint.ts';
import { createSsh2Transport, type Ssh2Settings } from '../../../src/ssh/ssh2/transport.ts';
import { secretOf } from '../../farm/canary.ts';
import {
  embeddedNode,
  KEY,
  localNode,
  NEVER,
  rejectionOf,
  scratch,
  scriptedServer,
  settingsIn,
  USER,
} from './support.ts';

const { utils } = ssh2;
const [RIGHT, WRONG] = [secretOf('to log in'), secretOf('mistyped')];

const fingerprintOf = (pair: KeyPair) => fingerprint(Buffer.from(pair.public.split(' ')[1] ?? '', 'base64'));

/** A server that takes no key, and notes what it was offered: the user, then fingerprints. */
async function suspiciousServer(
  methods: string[] = ['publickey'],
): Promise<{ port: number; offered: string[]; count: () => number }> {
  const offered: string[] = [];
  let connections = 0;
  const port = await scriptedServer({}, (client) => {
    connections += 1;
    client.on('authentication', (attempt) => {
      offered.push(attempt.method === 'publickey' ? fingerprint(attempt.key.data) : attempt.method);
      attempt.reject(methods as never);
    });
  });
  return { port, offered, count: () => connections };
}

function isRightlySigned({ key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  const parsed = utils.parseKey(key.data);
  if (blob === undefined || signature === undefined || parsed instanceof Error) return false;
  return parsed.verify(blob, signature, hashAlgo) === true;
}

const pem = (key: KeyObject, type: 'sec1' | 'pkcs1') => key.export({ type, format: 'pem' }).toString();

async function tryToConnect(port: number, overrides: Partial<Ssh2Settings> = {}): Promise<Error> {
  const transport = createSsh2Transport(settingsIn(await scratch(), overrides));
  return rejectionOf(transport.connect(localNode(port), NEVER));
}

/** A real ssh-agent that holds these keys. */
async function agentWith(pairs: readonly KeyPair[]): Promise<string> {
  const directory = await scratch();
  const socket = join(directory, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void agent.kill());
  await once(agent.stdout, 'data');
  for (const [index, pair] of pairs.entries()) {
    const file = join(directory, `key${index}`);
    writeFileSync(file, pair.private, { mode: 0o600 });
    execFileSync('ssh-add', ['-q', file], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });
    rmSync(file);
  }
  return socket;
}

describe('authentication', () => {
  it('S17 a refusal names the user, each key that was tried and what the server takes, and is not tried again', async () => {
    const server = await suspiciousServer(['publickey', 'password']);
    const error = await tryToConnect(server.port);
    expect(error).toMatchObject({ code: 'auth', node: localNode(server.port) });
    expect(error.message).toMatch(
      new RegExp(`^cannot log in as ${USER}: tried .*/\\.ssh/id_ed25519 \\(ssh-ed25519 `),
    );
    expect(error.message).toContain(fingerprintOf(KEY));
    expect(error.message).toContain('the server takes publickey, password');
    expect(error.message).not.toContain('PRIVATE');
    await delay(100);
    expect(server.count()).toBe(1);
    expect(server.offered).toEqual([fingerprintOf(KEY), 'none']);
  });

  it('a server that takes no keys at all is told apart, and one key alone is shown to it', async () => {
    const server = await suspiciousServer(['password']);
    const error = await tryToConnect(server.port, { agentSocket: await agentWith([generateKeyPair()]) });
    expect(error.message).toContain('; the server takes password');
    expect(server.offered).toEqual([expect.stringContaining('SHA256:'), 'none']);
  });

  it.each([
    ['there is a key', {}, ['publickey', 'none']],
    ['there is none', { identities: { all: [], notes: [] } }, ['none']],
  ])('an account that needs no proof is let in where %s', async (_what, loaded, expected) => {
    const attempts: string[] = [];
    const port = await scriptedServer({}, (client) => {
      client.on('authentication', (attempt) => {
        attempts.push(attempt.method);
        if (attempt.method === 'none') attempt.accept();
        else attempt.reject(['publickey']);
      });
    });
    const transport = createSsh2Transport(settingsIn(await scratch()), loaded);
    await (await transport.connect(localNode(port), NEVER)).close();
    expect(attempts).toEqual(expected);
  });

  it.each([
    ['ed25519', KEY.private],
    ['ecdsa', pem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey, 'sec1')],
    ['rsa', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'pkcs1')],
  ])(
    'a key at hand (%s) signs at once, with the request for the service, and costs no question before',
    async (type, text) => {
      const key = join(await scratch(), type);
      writeFileSync(key, text, { mode: 0o600 });
      const attempts: string[] = [];
      const port = await scriptedServer({}, (client) => {
        client.on('authentication', (attempt) => {
          const isSigned = attempt.method === 'publickey' && isRightlySigned(attempt);
          attempts.push(isSigned ? 'signature' : attempt.method);
          if (isSigned) attempt.accept();
          else attempt.reject(['publickey']);
        });
      });
      const transport = createSsh2Transport(settingsIn(await scratch(), { key }));
      await (await transport.connect(localNode(port), NEVER)).close();
      expect(attempts).toEqual(['signature']);
    },
  );

  it('keys of the agent are tried before the files, each once', async () => {
    const [first, second] = [generateKeyPair(), generateKeyPair()];
    const server = await suspiciousServer();
    await tryToConnect(server.port, { agentSocket: await agentWith([first, second]) });
    expect(server.offered).toEqual([fingerprintOf(first), fingerprintOf(second), fingerprintOf(KEY), 'none']);
  });

  it('an agent key that is also a default file goes before the other agent keys, and once only', async () => {
    const other = generateKeyPair();
    const server = await suspiciousServer();
    await tryToConnect(server.port, { agentSocket: await agentWith([other, KEY]) });
    expect(server.offered).toEqual([fingerprintOf(KEY), fingerprintOf(other), 'none']);
  });

  it('with -k that key alone is offered, whatever the agent and the home directory hold', async () => {
    const [held, chosen] = [generateKeyPair(), generateKeyPair()];
    const key = join(await scratch(), 'chosen');
    writeFileSync(key, chosen.private, { mode: 0o600 });
    const server = await suspiciousServer();
    await tryToConnect(server.port, { key, agentSocket: await agentWith([held]) });
    expect(server.offered).toEqual([fingerprintOf(chosen), 'none']);
  });

  it('20 connections at once log in by one agent, without a warning of any kind', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const pair = generateKeyPair();
    const node = await embeddedNode({ authorizedKey: pair.public });
    const settings = settingsIn(await scratch(), { agentSocket: await agentWith([pair]) });
    const transport = createSsh2Transport(settings);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => transport.connect(localNode(node.port), NEVER)),
    );
    await Promise.all(all.map((connection) => connection.close()));
    expect(settings.warnings).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('an agent that is gone does not keep the files from working, and is named when they fail', async () => {
    const gone = { agentSocket: join(await scratch(), 'gone') };
    const node = await embeddedNode();
    const transport = createSsh2Transport(settingsIn(await scratch(), gone));
    await (await transport.connect(localNode(node.port), NEVER)).close();
    const server = await suspiciousServer();
    expect((await tryToConnect(server.port, gone)).message).toContain(
      `ssh-agent at ${gone.agentSocket} was not asked`,
    );
  });
});

describe('a password', () => {
  /** A server that takes this password in one way only, and notes every attempt. */
  async function passwordServer(
    way: 'password' | 'keyboard-interactive',
    questions: string[] = ['Password: '],
  ) {
    const attempts: string[] = [];
    const port = await scriptedServer({}, (client) => {
      client.on('authentication', (attempt) => {
        attempts.push(attempt.method);
        if (attempt.method !== way) return attempt.reject([way]);
        if (attempt.method === 'password') {
          return attempt.password === RIGHT ? attempt.accept() : attempt.reject([way]);
        }
        const prompts = questions.map((prompt) => ({ prompt, echo: false }));
        (attempt as KeyboardAuthContext).prompt(prompts, (answers) => {
          if (answers.length === 1 && answers[0] === RIGHT) attempt.accept();
          else attempt.reject([way]);
        });
      });
    });
    return { port, attempts };
  }
  const connect = async (port: number, password: string) =>
    createSsh2Transport(settingsIn(await scratch()), {
      identities: { all: [], password, notes: [] },
    }).connect(localNode(port), NEVER);

  it.each(['password', 'keyboard-interactive'] as const)(
    'logs in by %s, whichever the server takes',
    async (way) => {
      const { port, attempts } = await passwordServer(way);
      const connection = await connect(port, RIGHT);
      expect(attempts).toEqual(['none', way]);
      await connection.close();
    },
  );

  it.each(['password', 'keyboard-interactive'] as const)(
    'S17 a wrong one is tried once (%s), and never told',
    async (way) => {
      const { port, attempts } = await passwordServer(way);
      const error = await rejectionOf(connect(port, WRONG));
      expect(attempts).toEqual(['none', way]);
      expect(error).toMatchObject({
        code: 'auth',
        message: expect.stringContaining('the password was refused'),
      });
      expect(error.message).not.toContain(WRONG);
    },
  );

  it('S6 is not given to a server that asks several questions', async () => {
    const { port } = await passwordServer('keyboard-interactive', ['Password: ', 'One-time code: ']);
    expect(await rejectionOf(connect(port, RIGHT))).toMatchObject({ code: 'auth' });
  });
});
