/** What ssh_config leaves of keys, checked by keys of ssh-keygen. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../src/ssh/certificate.ts';
import { Hosts } from '../../../src/ssh/config/hosts.ts';
import { certificateProblem } from '../../../src/ssh/host-keys/host-certificate.ts';
import { keyRestriction } from '../../../src/ssh/restrictions.ts';
import { startAuthentication } from '../../../src/ssh/ssh2/authentication.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
const path = (name: string) => join(directory, name);
const keygen = (...args: readonly string[]) =>
  execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });
const blob = (name: string) =>
  Buffer.from(readFileSync(path(`${name}.pub`), 'utf8').split(' ')[1] ?? '', 'base64');

async function said(...options: readonly string[]) {
  const hosts = await Hosts.open({ file: 'none', options, environment: {}, warn: () => {} });
  return hosts.lookUp({ host: 'web1', user: undefined, port: undefined }).others;
}

beforeAll(() => {
  keygen('-t', 'ed25519', '-N', '', '-f', path('ed25519'));
  keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', path('rsa'));
  keygen('-s', path('rsa'), '-I', 'one', '-n', 'web1', path('ed25519.pub'));
  keygen('-s', path('ed25519'), '-I', 'one', '-h', '-n', 'web1', path('rsa.pub'));
});

describe('a key', () => {
  test.each([
    ['ed25519', 'RequiredRSASize=4096', undefined],
    ['rsa', 'RequiredRSASize=2048', undefined],
    ['rsa', 'RequiredRSASize=2049', 'RequiredRSASize'],
    ['rsa-cert', 'RequiredRSASize=2049', 'RequiredRSASize'],
    ['rsa', 'PubkeyAcceptedAlgorithms=ssh-ed25519', 'PubkeyAcceptedAlgorithms'],
    ['rsa', 'PubkeyAcceptedAlgorithms=rsa-sha2-256,ssh-ed25519', undefined],
    ['rsa', 'PubkeyAcceptedKeyTypes=+ssh-rsa', undefined],
    ['rsa', 'PubkeyAcceptedAlgorithms=-rsa-*', 'PubkeyAcceptedAlgorithms'],
    ['rsa-cert', 'PubkeyAcceptedAlgorithms=rsa-sha2-*', undefined],
    ['rsa-cert', 'PubkeyAcceptedAlgorithms=rsa-sha2-512', 'PubkeyAcceptedAlgorithms'],
    ['ed25519-cert', 'PubkeyAcceptedAlgorithms=ssh-ed25519', 'PubkeyAcceptedAlgorithms'],
    ['ed25519-cert', 'PubkeyAcceptedAlgorithms=ssh-ed25519*', undefined],
  ])('%s with %s is kept from the login by: %s', async (name, option, keyword) => {
    expect(keyRestriction(blob(name), await said(option))).toBe(keyword);
  });

  test('that ssh_config leaves out is not tried, and the failure says so', async () => {
    const identity = (name: string) => ({
      description: name,
      shown: blob(name).toString('base64'),
      method: () => ({ type: 'publickey' as const, username: 'u', key: name }),
    });
    const node = { id: '[u@web1:22]', user: 'u', host: 'web1', port: 22, given: 'web1' };
    const identities = { all: [identity('rsa'), identity('ed25519')], notes: [] };
    const wishes = { others: await said('PubkeyAcceptedAlgorithms=ssh-ed25519') };
    const { handler, failure } = startAuthentication(node, identities, wishes);
    const next = (left: readonly string[] | null) =>
      handler(left as never, false as never, () => {}) as unknown;
    expect(next(null)).toMatchObject({ key: 'ed25519' });
    expect(next(['publickey'])).toMatchObject({ type: 'none' });
    expect(next(['publickey'])).toBe(false);
    expect(failure().message).toContain('tried ed25519; ');
    expect(failure().message).toContain('rsa is left out by PubkeyAcceptedAlgorithms of ssh_config');
  });
});

test.each([
  [undefined, true],
  ['ssh-ed25519,rsa-sha2-512', true],
  ['rsa-sha2-512', false],
  ['-ssh-ed25519', false],
])(
  'a host certificate whose authority signs by ed25519, with CASignatureAlgorithms %s, is taken: %s',
  (wanted, isTaken) => {
    const certificate = parseCertificate(blob('rsa-cert'));
    if (certificate === undefined) throw new Error('no certificate');
    const host = { hostName: 'web1', caSignatureAlgorithms: wanted };
    const problem = certificateProblem(certificate, host, Date.now());
    if (isTaken) expect(problem).toBeUndefined();
    else expect(problem).toMatch(/CASignatureAlgorithms/);
  },
);
