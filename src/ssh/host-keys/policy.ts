/** What a run knows of host keys, and how it is asked. */
import type { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import type { HostConfig } from '../config/host-config.ts';

export interface HostKeyPolicy {
  /**
   * `yes`: known keys only. `ask`: others go to `onNew`, and are refused until somebody accepts them.
   * `accept-new`: unknown hosts are added. `no`: any key but a revoked one, and nothing is added.
   * Undefined: what ssh_config says, else accept-new.
   */
  readonly checking?: 'yes' | 'accept-new' | 'ask' | 'no' | undefined;
  /** Instead of the user's and the system's files, and of those of ssh_config. */
  readonly knownHostsFile?: string | undefined;
}

export interface HostKeySettings {
  readonly hostKeys: HostKeyPolicy;
  /** Undefined: there is no home, and so no file of the user's. */
  readonly homeDirectory: string | undefined;
  /** What ssh_config says of a node, if anything reads it. */
  configOf?(node: Node): HostConfig;
  warn(message: string): void;
  /** Called for an unknown key that is refused because lockstep will ask the user about it (`ask`). */
  onNew?(node: Node, key: Buffer): void;
  /** Called for an unknown key that is accepted. `file`: the file that remembers it, if one does. */
  onAccepted?(node: Node, key: Buffer, file: string | undefined): void;
}

export interface HostKeys {
  /** Reads this node's files, before any of the other methods is called. Rejects with `host-key-unknown` for one it cannot read. */
  load(node: Node): Promise<void>;
  /** Types of the keys that are known for the node, for the order of algorithms. */
  knownTypes(node: Node): string[];
  /** Returns whether a certificate could prove the node. */
  hasAuthority(node: Node): boolean;
  /** The reason to refuse the key or the certificate, or undefined. */
  refusal(node: Node, key: Buffer): LockstepError | undefined;
  /** Remembers the key of a new host. Call it once the server has proven that it owns the key. */
  remember(node: Node, key: Buffer): void;
  /** The user was asked, and accepts the key as the node's. */
  accept(node: Node, key: Buffer): void;
  /** Resolves when all remembered keys are on disk; a file that cannot be written is a warning, as in OpenSSH. */
  written(): Promise<void>;
}
