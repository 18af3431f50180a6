/**
 * What ssh hears of a host before it reads its files: lockstep's own settings, and files that ssh would look for in the
 * wrong home, where HOME is not the account's. Pure.
 */
import { join } from 'node:path';
import type { HostConfig } from '../config/host-config.ts';
import { connectTimeoutMsOf } from '../connect-timeout.ts';
import { defaultKeyPaths } from '../default-keys.ts';
import type { HostKeyPolicy } from '../host-keys/policy.ts';

export interface HostSettings {
  /** The file of `-k`. */
  readonly key: string | undefined;
  readonly hostKeys: HostKeyPolicy;
  /** Undefined: what ssh_config says, else lockstep's default. */
  readonly connectTimeoutMs: number | undefined;
  /** The home of HOME, if the account, in whose home ssh looks, has another. */
  readonly otherHome?: string | undefined;
}

/** `Keyword=value`, as `-o` and the lines of a file have it. */
export function hostOptions(config: HostConfig, settings: HostSettings): string[] {
  const { key, hostKeys, otherHome } = settings;
  const { knownHostsFile } = hostKeys;
  return [
    'BatchMode=yes',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    // Many processes would each write known_hosts anew, without the lines that the others have just added.
    'UpdateHostKeys=no',
    // Such an ssh would go to the background, and outlive the run. An older ssh does not know the keyword.
    ...(config.others.has('forkafterauthentication') ? ['ForkAfterAuthentication=no'] : []),
    ...(key === undefined ? [] : [`IdentityFile=${quoted(key)}`, 'IdentitiesOnly=yes']),
    `StrictHostKeyChecking=${hostKeys.checking ?? config.strictHostKeyChecking ?? 'accept-new'}`,
    ...(knownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile=${quoted(knownHostsFile)}`, 'GlobalKnownHostsFile=none']),
    `ConnectTimeout=${seconds(connectTimeoutMsOf(settings, config))}`,
    ...(otherHome === undefined ? [] : ofHome(config, otherHome, settings)),
  ];
}

/** Whole seconds, at least one. */
export const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** A path as one word, without tokens. */
const quoted = (path: string): string => word(path.replaceAll('%', '%%'));

/** The word for a value in which ssh expands no tokens. */
export const word = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function ofHome(config: HostConfig, home: string, { key, hostKeys }: HostSettings): string[] {
  const { identityFiles = defaultKeyPaths(home), certificateFiles, identityAgent } = config;
  const { userKnownHostsFiles = [join(home, '.ssh/known_hosts'), join(home, '.ssh/known_hosts2')] } = config;
  const { revokedHostKeys } = config;
  return [
    ...(key === undefined ? identityFiles.map((path) => `IdentityFile=${quoted(path)}`) : []),
    ...certificateFiles.map((path) => `CertificateFile=${quoted(path)}`),
    ...(identityAgent === undefined ? [] : [`IdentityAgent=${quoted(identityAgent)}`]),
    ...(revokedHostKeys === undefined ? [] : [`RevokedHostKeys=${quoted(revokedHostKeys)}`]),
    ...(hostKeys.knownHostsFile === undefined
      ? [`UserKnownHostsFile=${userKnownHostsFiles.map(quoted).join(' ') || 'none'}`]
      : []),
  ];
}
