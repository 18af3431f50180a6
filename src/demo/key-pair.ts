import { generateKeyPairSync, randomBytes } from 'node:crypto';

export interface KeyPair {
  /** OpenSSH's own format, without a passphrase. */
  readonly private: string;
  /** One line, as in authorized_keys. */
  readonly public: string;
}

/**
 * A new ed25519 pair. ssh2 can make them too, but strips leading zero bytes, so that one in some hundred is broken.
 * Layout: PROTOCOL.key of OpenSSH.
 */
export function generateKeyPair(): KeyPair {
  // As bytes at once: exporting from a key object can hang for ever in Node 20. Both forms end in the 32 bytes of the key.
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const point = pair.publicKey.subarray(-32);
  const publicKey = Buffer.concat([field('ssh-ed25519'), field(point)]);
  const check = randomBytes(4);
  const secret = field(Buffer.concat([pair.privateKey.subarray(-32), point]));
  const inner = Buffer.concat([check, check, publicKey, secret, field('')]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (inner.length % 8)) % 8);
  const container = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicKey),
    field(Buffer.concat([inner, padding])),
  ]);
  const lines = container.toString('base64').match(/.{1,70}/g) ?? [];
  return {
    private: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
      '\n',
    ),
    public: `ssh-ed25519 ${publicKey.toString('base64')}`,
  };
}

/** An SSH string: its length in four bytes, then itself. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
