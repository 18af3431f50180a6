/** The words after `ssh`. What lockstep was told wins over ssh_config, as the first value does there. Pure. */
import { type Node, sshName } from '../../core/node.ts';
import type { HostKeyPolicy } from '../host-keys/policy.ts';

export interface OpensshSettings {
  /** As `-F`. */
  readonly configFile?: string | undefined;
  /** As `-o`. */
  readonly options?: readonly string[];
  /** The file of `-k`. */
  readonly key: string | undefined;
  readonly hostKeys: HostKeyPolicy;
  /** Undefined: what ssh_config says, else ours. */
  readonly connectTimeoutMs: number | undefined;
  /** Login included. */
  readonly handshakeTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly execTimeoutMs?: number;
}

export interface Control {
  readonly socket: string;
  readonly log: string;
}

/** Of one node. */
export interface Decided {
  readonly control: Control;
  readonly checking: string;
  readonly connectTimeoutMs: number;
  readonly aliveIntervalMs: number;
}

/** Holds the connection, and runs nothing itself. */
export function masterArguments(
  node: Node,
  { configFile, options = [], key, hostKeys: { knownHostsFile } }: OpensshSettings,
  { control, checking, connectTimeoutMs, aliveIntervalMs }: Decided,
): string[] {
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...['-N', '-T', '-M', '-S', escaped(control.socket), '-E', control.log],
    ...asOptions([
      'LogLevel=ERROR',
      ...COMMON,
      'ControlPersist=no',
      'ClearAllForwardings=yes',
      'ForwardAgent=no',
      'ForwardX11=no',
      ...(key === undefined ? [] : [`IdentityFile=${quoted(key)}`, 'IdentitiesOnly=yes']),
      `StrictHostKeyChecking=${checking}`,
      ...(knownHostsFile === undefined
        ? []
        : [`UserKnownHostsFile=${quoted(knownHostsFile)}`, 'GlobalKnownHostsFile=none']),
      `ConnectTimeout=${seconds(connectTimeoutMs)}`,
      ...options,
      `ServerAliveInterval=${seconds(aliveIntervalMs)}`,
    ]),
    ...destination(node),
  ];
}

/** A command over the connection of a master. Without it nothing is connected: `false` is no way to a server. */
export function channelArguments(
  node: Node,
  control: Control,
  { command, sent }: { readonly command: string; readonly sent: readonly string[] },
): string[] {
  return [
    ...['-F', 'none', '-T', '-S', escaped(control.socket), '-E', control.log],
    ...asOptions([
      'LogLevel=DEBUG2',
      ...COMMON,
      'ControlMaster=no',
      'ProxyCommand=false',
      ...sent.map((name) => `SendEnv=${name}`),
    ]),
    ...destination(node),
    command,
  ];
}

const COMMON = [
  'BatchMode=yes',
  'RequestTTY=no',
  'PermitLocalCommand=no',
  'EscapeChar=none',
  'RemoteCommand=none',
];

const asOptions = (options: readonly string[]): string[] => options.flatMap((option) => ['-o', option]);

const destination = (node: Node): string[] => ['-l', node.user, '-p', String(node.port), '--', sshName(node)];

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

const escaped = (path: string): string => path.replaceAll('%', '%%');

const quoted = (path: string): string => `"${escaped(path).replace(/["\\]/g, '\\$&')}"`;
