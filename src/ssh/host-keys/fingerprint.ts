/** Fingerprints, by which people compare keys. */
import { createHash } from 'node:crypto';

/** The fingerprint of a public key blob, as `ssh-keygen -l` prints it: SHA-256, base64 without padding. */
export function fingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}
