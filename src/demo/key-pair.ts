/** Key pairs for the demo, its nodes and the tests. */
import { generateKeyPairSync } from 'node:crypto';
import { ed25519PublicKey, formatOpenSshKey } from '../ssh/ssh2/keys/openssh-key.ts';

export interface KeyPair {
  /** OpenSSH's own format, without a passphrase. */
  readonly private: string;
  /** One line, as in authorized_keys. */
  readonly public: string;
}

/** A new ed25519 pair. ssh2 can make them too, but strips leading zero bytes, so that one in some hundred is broken. */
export function generateKeyPair(): KeyPair {
  // As bytes at once: exporting from a generated key object can hang for ever in Node 20. Both forms end in the 32 bytes of the key.
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const point = pair.publicKey.subarray(-32);
  return {
    private: formatOpenSshKey({ seed: pair.privateKey.subarray(-32), point }),
    public: `ssh-ed25519 ${ed25519PublicKey(point).toString('base64')}`,
  };
}
