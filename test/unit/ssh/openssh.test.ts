/** What the ssh of this machine is told, and what is made of its words. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import { roomForSsh } from '../../../src/run/start/transport/room-for-ssh.ts';
import { plainHostConfig } from '../../../src/ssh/config/host-config.ts';
import { DroppedError } from '../../../src/ssh/dropped.ts';
import { hasTicket } from '../../../src/ssh/kerberos.ts';
import { configText } from '../../../src/ssh/openssh/config-file.ts';
import { connectFailure } from '../../../src/ssh/openssh/failure.ts';
import { TokenKeys } from '../../../src/ssh/token-keys.ts';
import { field } from '../../../src/ssh/wire.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
const path = (name: string) => join(directory, name);
const node: Node = { id: '[root@gate:22]', user: 'root', host: 'gate', port: 22, given: 'gate' };

describe('the configuration for ssh', () => {
  const parts = {
    files: ['/home/ann/.ssh/config', '/etc/odd [1]/config'],
    hops: [node],
    key: '/keys/a "b" 100%',
    hostKeys: { checking: 'yes', knownHostsFile: '/known' },
    connectTimeoutMs: 2500,
    configOf: () => plainHostConfig('gate'),
  } as const;

  test('tells a jump host what lockstep was told, before the files of the user', () => {
    expect(configText(parts)).toBe(`Host "gate"
  BatchMode=yes
  ClearAllForwardings=yes
  ForwardAgent=no
  ForwardX11=no
  UpdateHostKeys=no
  IdentityFile="/keys/a \\"b\\" 100%%"
  IdentitiesOnly=yes
  StrictHostKeyChecking=yes
  UserKnownHostsFile="/known"
  GlobalKnownHostsFile=none
  ConnectTimeout=3
  ControlMaster=no
  ControlPath=none
Match all
Include "/home/ann/.ssh/config"
Include "/etc/odd \\\\[1\\\\]/config"
`);
  });

  test('leaves a jump host the key that ssh_config names for it, and new keys of hosts are accepted where nobody says more', () => {
    const configOf = () => ({ ...plainHostConfig('gate'), identityFiles: ['/own'] });
    const text = configText({ ...parts, hostKeys: {}, configOf });
    expect(text).not.toContain('IdentityFile');
    expect(text).toContain('StrictHostKeyChecking=accept-new');
  });

  test('looks for keys and known hosts in the home of HOME, where that is another', () => {
    const configOf = () => ({ ...plainHostConfig('gate'), revokedHostKeys: '/other/.ssh/revoked' });
    const text = configText({ ...parts, key: undefined, hostKeys: {}, otherHome: '/other', configOf });
    expect(text).toContain('RevokedHostKeys="/other/.ssh/revoked"');
    expect(text).toContain('IdentityFile="/other/.ssh/id_ed25519"');
    expect(text).toContain('UserKnownHostsFile="/other/.ssh/known_hosts" "/other/.ssh/known_hosts2"');
  });
});

describe('why ssh could not connect', () => {
  const fails = (said: string, isByCommand = false) =>
    connectFailure(node, said, { ended: 'ssh ended with exit 255', isByCommand });
  const CLOSED = 'kex_exchange_identification: Connection closed by remote host';

  test.each([
    [`${CLOSED}\nConnection closed by 10.0.0.1 port 22\n`, true],
    ['kex_exchange_identification: read: Connection reset by peer\n', true],
    [`ssh: connect to host gate port 22: Connection refused\n${CLOSED}\n`, false],
    [`root@gate: Permission denied (publickey).\n${CLOSED}\n`, false],
    [`Host key verification failed.\n${CLOSED}\n`, false],
    [`Stdio forwarding request failed: Session open refused by peer\n${CLOSED}\n`, false],
  ])('%j was dropped before the login, and may be tried again: %s', (said, isDropped) => {
    expect(fails(said) instanceof DroppedError).toBe(isDropped);
    expect(fails(said, true)).not.toBeInstanceOf(DroppedError);
  });

  test('where the server would have taken a ticket, the hint says how to get one', () => {
    expect(fails('root@gate: Permission denied (publickey,gssapi-with-mic).\n').hint).toContain('kinit');
    expect(fails('root@gate: Permission denied (publickey).\n').hint).not.toContain('kinit');
    expect(fails('ssh: connect to host gssapi-gate port 22: Connection refused\n').hint).not.toContain(
      'kinit',
    );
  });

  test('of a chain of jump hosts the words of the one that failed are told', () => {
    const said = `Host key verification failed.\r\n${CLOSED}\r\nConnection closed by UNKNOWN port 65535\r\n`;
    expect(fails(said)).toMatchObject({
      code: 'host-key-unknown',
      message: 'ssh cannot connect: host key verification failed.',
    });
    expect(fails('').message).toBe('ssh cannot connect: ssh ended with exit 255');
  });
});

test('no more nodes are reached by ssh than there is memory, processes and open files for', async () => {
  const room = (processes: number, files: number, memoryKb: number) => {
    const place = mkdtempSync(path('proc-'));
    mkdirSync(join(place, 'self'));
    const limits = `Max processes  ${processes} 9 processes\nMax open files  ${files} 9 files\n`;
    writeFileSync(join(place, 'self/limits'), limits);
    writeFileSync(join(place, 'meminfo'), `MemTotal:  8000000 kB\nMemAvailable:  ${memoryKb} kB\n`);
    return roomForSsh(place);
  };
  expect(await room(1e6, 1e6, 4 * 1024 * 1000)).toMatchObject({ connections: 1000, bound: 'memory' });
  expect(await room(400, 1e6, 1e9)).toMatchObject({ connections: 100, bound: expect.stringContaining('-u') });
  expect((await room(1e6, 1024, 1e9)).bound).toContain('-n');
  expect((await room(1e6, 40, 1e9)).connections).toBe(0);
  expect((await roomForSsh(path('nothing'))).connections).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [{}, undefined],
  [{ KRB5CCNAME: 'FILE:/nowhere/cache' }, false],
  [{ KRB5CCNAME: '/nowhere/cache' }, false],
  [{ KRB5CCNAME: '/dev/null' }, true],
  [{ KRB5CCNAME: 'DIR:/nowhere' }, false],
  [{ KRB5CCNAME: 'KCM:1000' }, true],
  [{ KRB5CCNAME: 'KEYRING:persistent:1000' }, true],
])('with %j there may be a ticket: %s', (environment, isThere) => {
  if (isThere === undefined) expect(typeof hasTicket(environment)).toBe('boolean');
  else expect(hasTicket(environment)).toBe(isThere);
});

describe('a key in a security token', () => {
  /** As ssh-keygen writes one, without what the token needs. */
  function keyFile(name: string, type: string): string {
    const publicKey = Buffer.concat([field(type), field(Buffer.alloc(32, 1)), field('ssh:')]);
    const parts = [field('none'), field('none'), field(''), Buffer.from([0, 0, 0, 1]), field(publicKey)];
    const text = Buffer.concat([Buffer.from('openssh-key-v1\0'), ...parts, field('')]).toString('base64');
    const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
    writeFileSync(path(name), `${begin}\n${text}\n-----END OPENSSH PRIVATE KEY-----\n`);
    return path(name);
  }
  const onlyOne = (identityFiles: readonly string[], key?: string) =>
    new TokenKeys({ key, homeDirectory: undefined, agentSocket: undefined }).onlyOne({
      identityFiles,
      identitiesOnly: false,
      identityAgent: undefined,
    });

  test('needs OpenSSH where there is no other key, and no agent', async () => {
    const token = keyFile('token', 'sk-ssh-ed25519@openssh.com');
    const other = keyFile('other', 'ssh-ed25519');
    expect(await onlyOne([token, path('missing')])).toBe(token);
    expect(await onlyOne([other, token])).toBeUndefined();
    expect(await onlyOne([other], token)).toBe(token);
    expect(await onlyOne([path('missing')])).toBeUndefined();
  });
});
