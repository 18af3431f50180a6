/** Where keys and passwords are looked for, and what was found. */
import type { Identity } from './identity.ts';
import type { KeyFile } from './key-file.ts';

export interface IdentitySettings {
  /** `-k`: this key alone is offered, also when an agent has others. */
  readonly key?: string | undefined;
  /** The unix socket of ssh-agent (`SSH_AUTH_SOCK`). */
  readonly agentSocket?: string | undefined;
  /** Where it is undefined there is no home, and so no default key. */
  readonly homeDirectory: string | undefined;
  /** Instead of the default keys (IdentityFile). */
  readonly identityFiles?: readonly string[] | undefined;
  /** Instead of those beside the keys (CertificateFile). */
  readonly certificateFiles?: readonly string[];
  /** Only those keys of the agent count that are also in the files. */
  readonly isOnlyOfFiles?: boolean;
  /** `-p`: the password alone is offered. */
  readonly isPasswordWanted?: boolean;
  /** The password, where nobody need be asked for it (`--password-file`). */
  readonly password?: string;
  /** Asks the user for a secret, once for all nodes; absent where there is no terminal. */
  askSecret?(prompt: string): Promise<string>;
  /** The keys whose passphrases the user was asked for, or is now, by their files. */
  readonly unlocked?: Map<string, Promise<KeyFile>>;
  /** How often a wrong secret is asked for again, the first time included. */
  readonly secretTriesMax?: number;
  /** The accounts that a password is for, to be named where it is asked for. */
  readonly users?: readonly string[];
  warn(message: string): void;
  /** What takes its time. */
  tell?(message: string): void;
}

export interface Identities {
  /** The keys, in the order in which they are tried. */
  readonly all: readonly Identity[];
  /** `-p`. */
  readonly password?: string;
  /** Called before a server is given the password; returns whether it may have it now. */
  takePassword?(): boolean;
  /** Asks for another password after a refusal; resolves to undefined when it has asked often enough. */
  askAgain?(): Promise<Identities | undefined>;
  /** Whether there are keys that only OpenSSH can use: in a security token, and not with the agent. */
  readonly areMore?: boolean;
  /** Why other keys are left out. The error of a failed authentication tells it. */
  readonly notes: readonly string[];
}
