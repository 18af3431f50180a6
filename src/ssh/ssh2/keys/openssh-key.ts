/** OpenSSH's format of an ed25519 key without a passphrase (PROTOCOL.key). ssh2 does not serve: it strips leading zero bytes. */
import { randomBytes } from 'node:crypto';
import { field } from '../../wire.ts';

export interface Ed25519 {
  /** 32 bytes each. */
  readonly seed: Buffer;
  readonly point: Buffer;
}

/** The public key as in authorized_keys, before its base64. */
export function ed25519PublicKey(point: Buffer): Buffer {
  return Buffer.concat([field('ssh-ed25519'), field(point)]);
}

export function formatOpenSshKey({ seed, point }: Ed25519): string {
  const publicKey = ed25519PublicKey(point);
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, publicKey, field(Buffer.concat([seed, point])), field('')]);
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
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}
