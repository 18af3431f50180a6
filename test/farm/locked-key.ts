/** A key with a passphrase, made in this process: ssh-keygen would have the passphrase in its arguments. */
import { generateKeyPairSync } from 'node:crypto';
import type { KeyPair } from '../../src/demo/key-pair.ts';

export function generateLockedKey(passphrase: string): KeyPair {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  // An uncompressed point stands at the end.
  const point = pair.publicKey.subarray(-65);
  const fields = ['ecdsa-sha2-nistp256', 'nistp256', point].map((field) => Buffer.from(field as Buffer));
  const blob = Buffer.concat(fields.flatMap((field) => [lengthOf(field), field]));
  return { private: pair.privateKey, public: `ecdsa-sha2-nistp256 ${blob.toString('base64')}` };
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
