/** Where lockstep looks for keys and passwords, and what it found. */
import type { Identity } from './identity.ts';
import type { KeyFile } from './key-file.ts';

export interface IdentitySettings {
  /** `-k`: lockstep offers this key alone, even when an agent has others. */
  readonly key?: string | undefined;
  /** The unix socket of ssh-agent (`SSH_AUTH_SOCK`). */
  readonly agentSocket?: string | undefined;
  /** Undefined: there is no home, and so no default key. */
  readonly homeDirectory: string | undefined;
  /** Instead of the default keys (IdentityFile). */
  readonly identityFiles?: readonly string[] | undefined;
  /** Instead of those beside the keys (CertificateFile). */
  readonly certificateFiles?: readonly string[];
  /** Only those keys of the agent count that are also in the files. */
  readonly isOnlyOfFiles?: boolean;
  /** `-p`: lockstep offers the password alone. */
  readonly isPasswordWanted?: boolean;
  /** The password, where nobody need be asked (`--password-file`). */
  readonly password?: string;
  /** Asks the user for a secret, once for all nodes; absent without a terminal. */
  askSecret?(prompt: string): Promise<string>;
  /** Keys whose passphrases the user was asked for, or is being asked for, by file. */
  readonly unlocked?: Map<string, Promise<KeyFile>>;
  /** How often to ask for a wrong secret, the first time included. */
  readonly secretTriesMax?: number;
  /** The accounts to name in the question for a password. */
  readonly users?: readonly string[];
  warn(message: string): void;
  /** Says what takes its time. */
  tell?(message: string): void;
}

export interface Identities {
  /** The keys, in the order in which lockstep tries them. */
  readonly all: readonly Identity[];
  /** `-p`. */
  readonly password?: string;
  /** Called before a server gets the password; returns whether it may have it now. */
  takePassword?(): boolean;
  /** Asks for another password after a refusal; resolves to undefined once it has asked often enough. */
  askAgain?(): Promise<Identities | undefined>;
  /** There are keys that only OpenSSH can use: in a security token, and not with the agent. */
  readonly areMore?: boolean;
  /** Why other keys are left out, for the error of a failed authentication. */
  readonly notes: readonly string[];
}
