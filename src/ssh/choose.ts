/**
 * Chooses the transport for a host: ssh2, which costs least, unless ssh_config asks for something that only OpenSSH
 * does; it names that. Pure.
 */
import type { HostConfig } from './config/host-config.ts';
import type { Other } from './config/others.ts';
import { unmetKeyword } from './ssh2/algorithms.ts';
import { METHODS } from './ssh2/authentication.ts';

export interface Circumstances {
  /** This machine may have a ticket of Kerberos. Many systems set the keyword for all hosts; without a ticket OpenSSH goes on with keys. */
  readonly hasTicket: boolean;
  /** A password is the only way to log in (`-p`). */
  readonly isByPassword: boolean;
}

/** Returns the keyword of ssh_config for which a host needs OpenSSH; undefined if it needs none. */
export function neededFor(config: HostConfig, circumstances: Circumstances): string | undefined {
  const find = (table: readonly Need[]) =>
    table.find(({ keyword, needs }) => needs(said(config, keyword), config, circumstances))?.keyword;
  const ofLogin = circumstances.isByPassword ? undefined : find(OF_LOGIN);
  return ofLogin ?? find(OF_CONNECTION) ?? unmetKeyword(config);
}

/** Returns the settings of ssh_config that neither transport obeys, on purpose. */
export function withoutEffect(config: HostConfig): readonly string[] {
  return NO_EFFECT.filter((keyword) => !isOff(said(config, keyword)));
}

interface Need {
  /** The keyword as ssh_config(5) writes it. */
  readonly keyword: string;
  needs(value: string | undefined, config: HostConfig, circumstances: Circumstances): boolean;
}

const OF_LOGIN: readonly Need[] = [
  { keyword: 'PKCS11Provider', needs: (value) => !isOff(value) },
  {
    keyword: 'GSSAPIAuthentication',
    needs: (value, config, { hasTicket }) => hasTicket && !isOff(value) && prefers(config, /^gssapi-/),
  },
  {
    keyword: 'HostbasedAuthentication',
    needs: (value, config) => !isOff(value) && prefers(config, /^hostbased$/),
  },
  { keyword: 'PreferredAuthentications', needs: (_value, config) => !prefers(config, OURS) },
];

/** Ignoring these would connect to a place, or to somebody, that the user did not want. */
const OF_CONNECTION: readonly Need[] = [
  { keyword: 'RefuseConnection', needs: (value) => value !== undefined },
  { keyword: 'KnownHostsCommand', needs: (value) => !isOff(value) },
  { keyword: 'VerifyHostKeyDNS', needs: (value) => !isOff(value) },
  { keyword: 'BindInterface', needs: (value) => !isOff(value) },
  {
    keyword: 'ProxyUseFdpass',
    needs: (value, { proxyCommand }) => !isOff(value) && proxyCommand !== undefined,
  },
];

/** Neither transport uses a master of the user's: the run would end with that, and share its MaxSessions. */
const NO_EFFECT = ['Compression', 'ControlMaster', 'ForwardAgent', 'LocalCommand', 'RemoteCommand'] as const;

function said({ others }: HostConfig, keyword: string): string | undefined {
  return others.get(keyword.toLowerCase() as Other);
}

function isOff(value: string | undefined): boolean {
  return value === undefined || /^(?:no|false|none)?$/i.test(value);
}

function prefers({ preferredAuthentications }: HostConfig, method: RegExp): boolean {
  return preferredAuthentications?.some((one) => method.test(one)) ?? true;
}

const OURS = new RegExp(`^(?:${METHODS.join('|')})$`);
