/**
 * Makes the configuration for ssh: lockstep's settings for jump hosts, then the user's own files. For each jump host ssh
 * starts another ssh, which gets this file and none of the options. Pure.
 */
import { type Node, sshName } from '../../core/node.ts';
import type { HostConfig } from '../config/host-config.ts';
import { type HostSettings, hostOptions, word } from './host-options.ts';

export interface ConfigParts extends HostSettings {
  /** The files, in the order in which ssh reads them. */
  readonly files: readonly string[];
  readonly hops: readonly Node[];
  configOf(hop: Node): HostConfig;
}

export function configText(parts: ConfigParts): string {
  const blocks = parts.hops.flatMap((hop) => {
    const config = parts.configOf(hop);
    // As for ssh2: the key of -k only if ssh_config names none for the jump host.
    const key = config.identityFiles === undefined ? parts.key : undefined;
    const options = [...hostOptions(config, { ...parts, key }), ...NO_MASTER];
    return [`Host ${word(sshName(hop))}`, ...options.map((option) => `  ${option}`)];
  });
  const includes = parts.files.map((path) => `Include ${word(path.replace(/[*?[\]\\]/g, '\\$&'))}`);
  return [...blocks, 'Match all', ...includes, ''].join('\n');
}

/** A master that stayed behind would outlive the run. */
const NO_MASTER = ['ControlMaster=no', 'ControlPath=none'];
