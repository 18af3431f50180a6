import { describe, expect, test } from 'vitest';
import { type Circumstances, neededFor, withoutEffect } from '../../../src/ssh/choose.ts';
import type { HostConfig } from '../../../src/ssh/config/host-config.ts';
import { Hosts } from '../../../src/ssh/config/hosts.ts';

async function configOf(...options: readonly string[]): Promise<HostConfig> {
  const hosts = await Hosts.open({ file: 'none', options, environment: {}, warn: () => {} });
  return hosts.lookUp({ host: 'web1', user: undefined, port: undefined });
}

const TICKET = { hasTicket: true };
const PASSWORD = { isByPassword: true };

const PROXY = 'ProxyCommand=nc %h %p';
const ROWS: readonly (readonly [readonly string[], string | undefined, Partial<Circumstances>?])[] = [
  [[], undefined],
  [[], undefined, TICKET],
  [['PKCS11Provider=/usr/lib/opensc.so'], 'PKCS11Provider'],
  [['SmartcardDevice=/usr/lib/opensc.so'], 'PKCS11Provider'],
  [['PKCS11Provider=none'], undefined],
  [['PKCS11Provider=/usr/lib/opensc.so'], undefined, PASSWORD],
  [['GSSAPIAuthentication=yes'], undefined],
  [['GSSAPIAuthentication=yes'], 'GSSAPIAuthentication', TICKET],
  [['GSSAPIAuthentication=no'], undefined, TICKET],
  [['GSSAPIAuthentication=yes', 'PreferredAuthentications=publickey'], undefined, TICKET],
  [['GSSAPIAuthentication=yes'], undefined, { ...TICKET, ...PASSWORD }],
  [['HostbasedAuthentication=yes'], 'HostbasedAuthentication'],
  [['HostbasedAuthentication=no'], undefined],
  [['PreferredAuthentications=gssapi-with-mic'], 'PreferredAuthentications'],
  [['PreferredAuthentications=gssapi-with-mic,publickey'], undefined],
  [['PreferredAuthentications=gssapi-with-mic'], undefined, PASSWORD],
  [['RefuseConnection="not this one"'], 'RefuseConnection'],
  [['RevokedHostKeys=/etc/ssh/revoked'], undefined],
  [['VerifyHostKeyDNS=yes'], 'VerifyHostKeyDNS', PASSWORD],
  [['KnownHostsCommand=/usr/bin/keys %H'], 'KnownHostsCommand'],
  [['KnownHostsCommand=none'], undefined],
  [['VerifyHostKeyDNS=yes'], 'VerifyHostKeyDNS'],
  [['VerifyHostKeyDNS=ask'], 'VerifyHostKeyDNS'],
  [['VerifyHostKeyDNS=no'], undefined],
  [['BindInterface=eth1'], 'BindInterface'],
  [['ProxyUseFdpass=yes', PROXY], 'ProxyUseFdpass'],
  [['ProxyUseFdpass=yes'], undefined],
  [['ProxyUseFdpass=no', PROXY], undefined],
  [[PROXY], undefined],
  [['ProxyJump=gate'], undefined],
  [['KexAlgorithms=sntrup761x25519-sha512@openssh.com'], 'KexAlgorithms'],
  [['KexAlgorithms=^sntrup761x25519-sha512@openssh.com'], undefined],
  [['KexAlgorithms=mlkem768x25519-sha256,curve25519-sha256'], undefined],
  [['HostKeyAlgorithms=sk-ssh-ed25519@openssh.com'], 'HostKeyAlgorithms'],
  [['Ciphers=chacha20-poly1305@openssh.com'], undefined],
  [['Ciphers=some-cipher@example.org'], 'Ciphers'],
  [['MACs=umac-128-etm@openssh.com'], 'MACs'],
  // These stand in the files of whole distributions: ssh2 keeps them itself, or nothing depends on them.
  [['PubkeyAcceptedAlgorithms=ssh-ed25519', 'CASignatureAlgorithms=ssh-ed25519'], undefined],
  [['RequiredRSASize=2048', 'SendEnv=LANG', 'HashKnownHosts=yes'], undefined],
  [['ControlMaster=auto', 'ControlPath=~/.ssh/%C', 'ControlPersist=yes'], undefined],
  [['ForwardAgent=yes', 'Compression=yes', 'LocalForward=80 localhost:80'], undefined],
];

describe('a host is reached by ssh2', () => {
  test.each(ROWS.map(([options, needed, here = {}]) => ({ options, needed, here })))(
    'where ssh_config says $options the keyword that needs OpenSSH is $needed (with $here)',
    async ({ options, needed, here }) => {
      const circumstances = { hasTicket: false, isByPassword: false, ...here };
      expect(neededFor(await configOf(...options), circumstances)).toBe(needed);
    },
  );

  test('what has no effect by either transport is named, where it was asked for', async () => {
    const asked = ['ForwardAgent=yes', 'ControlMaster=auto', 'Compression=no', 'RemoteCommand=none'];
    expect(withoutEffect(await configOf(...asked))).toEqual(['ControlMaster', 'ForwardAgent']);
    expect(withoutEffect(await configOf())).toEqual([]);
  });
});
