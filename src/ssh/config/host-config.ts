/** What ssh_config says of one host, ready for use: tokens expanded, paths absolute, and undefined where no file sets it. */
import { quoteInput } from '../../text/quote-input.ts';
import { type Config, evaluate, type Kept, type Said, type Wanted } from './evaluate.ts';
import { expandTokens } from './expand.ts';
import { type Expand, expander, type Local } from './expand-for-host.ts';
import type { Keyword } from './keywords.ts';
import { mistake, type Word } from './lines.ts';
import { type Other, othersOf } from './others.ts';
import { type Hop, parseHop } from './values.ts';

export interface HostConfig {
  /** The name or address to connect to. */
  readonly hostName: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Undefined: OpenSSH's defaults. */
  readonly identityFiles: readonly string[] | undefined;
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket, or `none`; undefined: the environment's. */
  readonly identityAgent: string | undefined;
  /** The jump hosts in order; empty without any. */
  readonly jumps: readonly Hop[];
  /** The command, ready for the shell. */
  readonly proxyCommand: string | undefined;
  readonly hostKeyAlias: string | undefined;
  /** Undefined: OpenSSH's defaults. */
  readonly userKnownHostsFiles: readonly string[] | undefined;
  readonly globalKnownHostsFiles: readonly string[] | undefined;
  /** A file of keys that no host may show. */
  readonly revokedHostKeys: string | undefined;
  /** A program that prints host keys; only OpenSSH runs it. */
  readonly knownHostsCommand: string | undefined;
  readonly strictHostKeyChecking: 'yes' | 'accept-new' | 'no' | 'ask' | undefined;
  readonly hashKnownHosts: boolean | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly connectionAttempts: number;
  /** 0: never ask the server whether it is alive. */
  readonly serverAliveIntervalMs: number;
  readonly serverAliveCountMax: number;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | undefined;
  /** As written: a list, or a change to the default with `+`, `-` or `^`. */
  readonly ciphers: string | undefined;
  readonly kexAlgorithms: string | undefined;
  readonly macs: string | undefined;
  readonly hostKeyAlgorithms: string | undefined;
  readonly preferredAuthentications: readonly string[] | undefined;
  readonly pubkeyAuthentication: boolean;
  readonly passwordAuthentication: boolean;
  readonly kbdInteractiveAuthentication: boolean;
  readonly numberOfPasswordPrompts: number;
  /** Patterns of the names of environment variables. */
  readonly sendEnv: readonly string[];
  readonly setEnv: readonly (readonly [name: string, value: string])[];
  readonly logLevel: string | undefined;
  /** Keywords that decide the transport or have no effect, as written. */
  readonly others: ReadonlyMap<Other, string>;
}

export interface Resolved {
  readonly config: HostConfig;
  /** What lockstep cannot decide. */
  readonly undecided: readonly Word[];
}

/** Throws LockstepError `usage` for a value that cannot be used for this host. */
export function resolveHost(config: Config, wanted: Omit<Wanted, 'localUser'>, local: Local): Resolved {
  const expandHostName = ({ values, place }: Kept) =>
    expandTokens(values[0] ?? '', { tokens: { h: wanted.host } }, place);
  const said = evaluate(config, { ...wanted, localUser: local.user }, expandHostName);
  const canonical = ['canonicalizehostname', 'canonicalizepermittedcnames'] as const;
  const asksNames = canonical.flatMap((keyword): Word[] => {
    const kept = said.first.get(keyword);
    return kept === undefined || /^(?:no|none)$/i.test(kept.values[0] ?? '')
      ? []
      : [
          {
            text: keyword === 'canonicalizehostname' ? 'CanonicalizeHostname' : 'CanonicalizePermittedCNAMEs',
            place: kept.place,
          },
        ];
  });
  return { config: toHostConfig(said, wanted.host, local), undecided: [...said.undecided, ...asksNames] };
}

/** `given`: the host as typed. */
export function toHostConfig(said: Said, given: string, local: Local): HostConfig {
  const one = (keyword: Keyword) => said.first.get(keyword)?.values[0];
  const all = (keyword: Keyword) => (said.gathered.get(keyword) ?? []).map(({ value }) => value);
  const isOn = (keyword: Keyword, otherwise: boolean) =>
    (one(keyword) ?? (otherwise ? 'yes' : 'no')) === 'yes';
  const number = (keyword: Keyword, otherwise: number) => Number(one(keyword) ?? otherwise);
  const expand = expander(said, given, local);
  const port = one('port');
  const timeout = one('connecttimeout');
  for (const name of [said.address, one('hostkeyalias')]) if (name !== undefined) refuseOdd(name, said);
  return {
    hostName: said.address,
    user: one('user'),
    port: port === undefined ? undefined : Number(port),
    identityFiles: filesOf(said, 'identityfile', expand.path),
    certificateFiles: filesOf(said, 'certificatefile', expand.path) ?? [],
    identitiesOnly: isOn('identitiesonly', false),
    identityAgent: agentOf(said.first.get('identityagent'), expand.path, local),
    ...proxyOf(said, expand.command, local.user),
    hostKeyAlias: one('hostkeyalias')?.toLowerCase(),
    userKnownHostsFiles: listOf(said.first.get('userknownhostsfile'), expand.path),
    globalKnownHostsFiles: listOf(said.first.get('globalknownhostsfile')),
    revokedHostKeys: listOf(said.first.get('revokedhostkeys'), expand.path)?.[0],
    knownHostsCommand: listOf(said.first.get('knownhostscommand'))?.[0],
    strictHostKeyChecking: one('stricthostkeychecking') as HostConfig['strictHostKeyChecking'],
    hashKnownHosts: one('hashknownhosts') === undefined ? undefined : isOn('hashknownhosts', false),
    connectTimeoutMs: timeout === undefined || timeout === '0' ? undefined : Number(timeout) * 1000,
    connectionAttempts: number('connectionattempts', 1),
    serverAliveIntervalMs: number('serveraliveinterval', 0) * 1000,
    serverAliveCountMax: number('serveralivecountmax', 3),
    addressFamily: (one('addressfamily') ?? 'any') as HostConfig['addressFamily'],
    bindAddress: one('bindaddress'),
    ciphers: one('ciphers'),
    kexAlgorithms: one('kexalgorithms'),
    macs: one('macs'),
    hostKeyAlgorithms: one('hostkeyalgorithms'),
    preferredAuthentications: one('preferredauthentications')?.split(','),
    pubkeyAuthentication: isOn('pubkeyauthentication', true),
    passwordAuthentication: isOn('passwordauthentication', true),
    kbdInteractiveAuthentication: isOn('kbdinteractiveauthentication', true),
    numberOfPasswordPrompts: number('numberofpasswordprompts', 3),
    sendEnv: all('sendenv'),
    setEnv: (said.first.get('setenv')?.values ?? []).map((text) => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
    logLevel: one('loglevel'),
    others: othersOf(said),
  };
}

/** The configuration for a host that no file mentions. */
export function plainHostConfig(hostName: string): HostConfig {
  const said = { first: new Map(), gathered: new Map(), address: hostName, undecided: [] };
  const homes = { own: undefined, of: () => undefined };
  return toHostConfig(said, hostName, { user: '', userId: 0, machine: '', homes, environment: {} });
}

/** A name with these characters would count as several names in known_hosts. */
function refuseOdd(name: string, said: Said): void {
  if (/^[^\s,\p{C}]+$/u.test(name)) return;
  const place = (said.first.get('hostname') ?? said.first.get('hostkeyalias'))?.place;
  throw mistake(
    place ?? { file: 'ssh_config', line: 0, column: 0 },
    quoteInput(name),
    'expected the name of a host',
  );
}

/** `none` in a list of identities names no file. */
function filesOf(said: Said, keyword: Keyword, expand: Expand): readonly string[] | undefined {
  return said.gathered
    .get(keyword)
    ?.filter(({ value }) => value.toLowerCase() !== 'none')
    .map(({ value, place }) => expand(value, place));
}

function listOf(kept: Kept | undefined, expand: Expand = (text) => text): readonly string[] | undefined {
  if (kept === undefined) return undefined;
  return kept.values
    .filter((value) => value.toLowerCase() !== 'none')
    .map((value) => expand(value, kept.place));
}

function agentOf(kept: Kept | undefined, expand: Expand, { environment }: Local): string | undefined {
  const value = kept?.values[0];
  if (kept === undefined || value === undefined || value === 'SSH_AUTH_SOCK') return undefined;
  if (value.toLowerCase() === 'none') return 'none';
  // The older way to name a variable; if that is not set there is no agent.
  if (/^\$[^{]/.test(value)) return environment[value.slice(1)] ?? 'none';
  return expand(value, kept.place);
}

/** Rejects a host that is its own last hop, as `Host *` easily makes the jump host. */
function proxyOf(said: Said, expand: Expand, localUser: string): Pick<HostConfig, 'jumps' | 'proxyCommand'> {
  const command = said.first.get('proxycommand');
  const jump = said.first.get('proxyjump');
  const hops = jump === undefined ? 'none' : expand(jump.values[0] ?? 'none', jump.place);
  const jumps = hops === 'none' ? [] : hops.split(',').flatMap((hop) => parseHop(hop) ?? []);
  const last = jumps.at(-1);
  const user = said.first.get('user')?.values[0] ?? localUser;
  const port = Number(said.first.get('port')?.values[0] ?? 22);
  const isOwn = last?.host === said.address && (last.port ?? 22) === port && (last.user ?? user) === user;
  if (isOwn && jump !== undefined)
    throw mistake(
      jump.place,
      `ProxyJump ${quoteInput(hops)} leads back to the same host`,
      'expected none for it',
    );
  const isCommand = command !== undefined && command.values[0]?.toLowerCase() !== 'none';
  return { jumps, proxyCommand: isCommand ? expand(command.values[0] ?? '', command.place) : undefined };
}
