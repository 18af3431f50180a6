/**
 * What lockstep offers in the handshake; ssh2's own lists still hold SHA-1 and are never used.
 * Order: curve25519 and AES-GCM cost least on both sides. chacha20-poly1305 is left out: without strict key
 * exchange it is open to the Terrapin attack, and in ssh2 it is slow. Compression would run on the one thread.
 */
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** The algorithms for a connection to a host of which keys of these types are known (none: an empty list). */
export function offeredAlgorithms(knownTypes: readonly string[]): Algorithms {
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
      'diffie-hellman-group14-sha256',
    ],
    serverHostKey: orderHostKeyAlgorithms(knownTypes),
    cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
    hmac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    compress: ['none'],
  };
}

/** A server picks the first algorithm that it has: known types go first, so that it shows the key we can compare. */
export function orderHostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm) => knownTypes.includes(keyTypeFor(algorithm));
  return [...HOST_KEY_ALGORITHMS.filter(isKnown), ...HOST_KEY_ALGORITHMS.filter((one) => !isKnown(one))];
}

const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** One type of key, `ssh-rsa`, serves several signature algorithms. */
function keyTypeFor(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
