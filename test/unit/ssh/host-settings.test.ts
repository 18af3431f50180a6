/** What of ssh_config decides how ssh2 is used: algorithms, methods, environment, and whether the server is alive. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { plainHostConfig } from '../../../src/ssh/config/host-config.ts';
import { sentEnvironment } from '../../../src/ssh/sent-environment.ts';
import { offeredAlgorithms } from '../../../src/ssh/ssh2/algorithms.ts';
import { watchServer } from '../../../src/ssh/ssh2/alive.ts';
import { startAuthentication } from '../../../src/ssh/ssh2/authentication.ts';

describe('Ciphers, MACs, KexAlgorithms and HostKeyAlgorithms', () => {
  test('S5: are a list, or change the default; what is weak is offered only to hosts that name it', () => {
    const plain = offeredAlgorithms(['ssh-rsa']);
    expect((plain.serverHostKey as string[]).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(JSON.stringify(plain)).not.toMatch(/sha1|md5|cbc|"ssh-rsa"/);
    const changed = offeredAlgorithms(['ssh-rsa'], {
      ciphers: '-*gcm*',
      macs: '^hmac-sha1',
      kexAlgorithms: 'diffie-hellman-group14-sha1,curve25519-sha256,unheard-of',
      hostKeyAlgorithms: '+ssh-rsa',
    });
    expect(changed.cipher).toEqual(['aes128-ctr', 'aes192-ctr', 'aes256-ctr']);
    expect(changed.hmac).toEqual(['hmac-sha1', ...(plain.hmac as string[])]);
    expect(changed.kex).toEqual(['diffie-hellman-group14-sha1', 'curve25519-sha256']);
    expect(changed.serverHostKey).toEqual([...(plain.serverHostKey as string[]), 'ssh-rsa']);
  });

  test('a list of which nothing is known here is refused, and says what is', () => {
    expect(() => offeredAlgorithms([], { kexAlgorithms: 'mlkem768x25519-sha256' })).toThrow(
      'KexAlgorithms of ssh_config leaves nothing that lockstep knows: mlkem768x25519-sha256',
    );
  });
});

describe('methods that ssh_config does not want', () => {
  const node = { id: '[u@a:22]', user: 'u', host: 'a', port: 22, given: 'a' };
  const key = {
    description: 'a key',
    shown: '',
    method: () => ({ type: 'publickey', username: 'u', key: '' }) as const,
  };

  test('S17 more than a server allows are not tried, and the refusal says how many', () => {
    const { handler, failure } = startAuthentication(node, { all: Array(9).fill(key), notes: [] });
    const next = handler as (left: string[] | null, partial: boolean | null) => unknown;
    let tries = next(null, null) === false ? 0 : 1;
    while (next(['publickey'], false) !== false) tries += 1;
    expect(tries).toBe(6);
    expect(failure().message).toContain('3 more were not tried: a server takes 6 attempts');
  });

  test.each([[{ pubkeyAuthentication: false }], [{ preferredAuthentications: ['password'] }]])(
    'are not tried, and the refusal says so: %j',
    (wishes) => {
      const { handler, failure } = startAuthentication(node, { all: [key], notes: [] }, wishes);
      const next = handler as (left: string[] | null, partial: boolean | null) => unknown;
      next(null, null);
      expect(next(['publickey'], false)).toBe(false);
      expect(failure().message).toContain('ssh_config does not want publickey for this host');
    },
  );
});

test('SendEnv takes what its patterns name, and SetEnv comes behind it', () => {
  const environment = { LANG: 'C', LC_ALL: 'C', HOME: '/root', GONE: undefined };
  expect(
    sentEnvironment({ sendEnv: ['LANG', 'LC_*', 'GONE'], setEnv: [['LANG', 'de']] }, environment),
  ).toEqual({
    LANG: 'de',
    LC_ALL: 'C',
  });
  expect(sentEnvironment({ sendEnv: [], setEnv: [] }, environment)).toBeUndefined();
});

describe('ServerAliveInterval', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watched() {
    const socket = Object.assign(new EventEmitter(), { bytesRead: 0 });
    const ping = vi.fn();
    const reasons: string[] = [];
    const client = { _protocol: { ping } } as unknown as Client;
    watchServer(
      { client, socket: socket as unknown as Socket, onSilent: (reason) => void reasons.push(reason) },
      { ...plainHostConfig('a'), serverAliveIntervalMs: 5_000, serverAliveCountMax: 2 },
    );
    return { socket, ping, reasons };
  }

  test('a server that says nothing is asked, and given up after ServerAliveCountMax questions', () => {
    const { ping, reasons } = watched();
    vi.advanceTimersByTime(14_000);
    expect([ping.mock.calls.length, reasons]).toEqual([2, []]);
    vi.advanceTimersByTime(2_000);
    expect(reasons).toEqual(['the server has not answered for 15 s (ServerAliveInterval)']);
  });

  test('whatever it sends is an answer, and nobody is asked any more once the connection is closed', () => {
    const { socket, ping, reasons } = watched();
    for (let step = 0; step < 10; step++) {
      socket.bytesRead += 1;
      vi.advanceTimersByTime(5_000);
    }
    expect(reasons).toEqual([]);
    socket.emit('close');
    const asked = ping.mock.calls.length;
    vi.advanceTimersByTime(60_000);
    expect([ping.mock.calls.length, reasons]).toEqual([asked, []]);
  });
});
