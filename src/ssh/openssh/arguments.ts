/** The words after `ssh`. Lockstep's settings come first, since in ssh_config the first value wins. Pure. */
import { type Node, sshName } from '../../core/node.ts';
import type { HostConfig } from '../config/host-config.ts';
import { type HostSettings, hostOptions, seconds } from './host-options.ts';

export interface MasterSettings extends HostSettings {
  /** Options, as `-o` takes them. */
  readonly options?: readonly string[];
  readonly keepAliveMs: number;
}

export interface Control {
  readonly socket: string;
  readonly log: string;
}

/** The words for one node. */
export interface Decided {
  readonly control: Control;
  readonly config: HostConfig;
  readonly configFile: string;
}

/** Returns the words of the process that holds the connection and runs nothing itself. */
export function masterArguments(
  node: Node,
  settings: MasterSettings,
  { control, config, configFile }: Decided,
): string[] {
  const { options = [], keepAliveMs } = settings;
  return [
    ...['-F', configFile, '-N', '-T', '-M', '-S', escaped(control.socket), '-E', control.log],
    ...asOptions([
      'LogLevel=ERROR',
      ...COMMON,
      'ControlPersist=no',
      ...hostOptions(config, settings),
      ...options,
      `ServerAliveInterval=${seconds(config.serverAliveIntervalMs || keepAliveMs)}`,
    ]),
    ...destination(node),
  ];
}

/** A command over a master's connection. Without the master nothing connects: `false` is no way to a server. */
export function channelArguments(
  node: Node,
  control: Control,
  { command, sent }: { readonly command: string; readonly sent: readonly string[] },
): string[] {
  return [
    ...['-F', 'none', '-T', '-S', escaped(control.socket), '-E', control.log],
    ...asOptions([
      'LogLevel=DEBUG2',
      'BatchMode=yes',
      ...COMMON,
      'ControlMaster=no',
      'ProxyCommand=false',
      ...sent.map((name) => `SendEnv=${name}`),
    ]),
    ...destination(node),
    command,
  ];
}

const COMMON = ['RequestTTY=no', 'PermitLocalCommand=no', 'EscapeChar=none', 'RemoteCommand=none'];

const asOptions = (options: readonly string[]): string[] => options.flatMap((option) => ['-o', option]);

const destination = (node: Node): string[] => ['-l', node.user, '-p', String(node.port), '--', sshName(node)];

const escaped = (path: string): string => path.replaceAll('%', '%%');
