/** The keys that lockstep tries if the user names none. */
import { join } from 'node:path';

/** ssh_config(5), IdentityFile, as of OpenSSH 9; DSA is gone. */
export const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];

/** Returns none without a home. */
export function defaultKeyPaths(homeDirectory: string | undefined): readonly string[] {
  return homeDirectory === undefined ? [] : DEFAULT_KEYS.map((name) => join(homeDirectory, '.ssh', name));
}
