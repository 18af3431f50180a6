/** Checks a signature of SSH (RFC 4253, 5656, 8332, 8709) with its signer's public key. Never SHA-1. */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { WireReader } from './wire.ts';

/** Also returns false for unknown kinds of keys and signatures. */
export function isSignedBy(publicKey: Buffer, data: Buffer, signature: Buffer): boolean {
  try {
    const reader = new WireReader(signature);
    const algorithm = reader.text();
    const bare = reader.field();
    const key = readPublicKey(publicKey);
    const hash = HASHES.get(algorithm);
    if (!reader.isAtEnd || hash === undefined || key.type !== keyTypeOfAlgorithm(algorithm)) return false;
    const isEcdsa = key.type.startsWith('ecdsa-');
    const keyObject = createPublicKey({ key: key.jwk, format: 'jwk' });
    return verify(hash, data, keyObject, isEcdsa ? derOf(bare) : bare);
  } catch {
    return false;
  }
}

const HASHES = new Map<string, string | null>([
  ['ssh-ed25519', null],
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
  ['ecdsa-sha2-nistp256', 'sha256'],
  ['ecdsa-sha2-nistp384', 'sha384'],
  ['ecdsa-sha2-nistp521', 'sha512'],
]);

/** One type of key, `ssh-rsa`, serves several signature algorithms. */
export function keyTypeOfAlgorithm(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}

function readPublicKey(blob: Buffer): { readonly type: string; readonly jwk: JsonWebKey } {
  const [type, ...fields] = new WireReader(blob).fields();
  const name = type?.toString('latin1') ?? '';
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = fields;
  if (name === 'ssh-ed25519') return { type: name, jwk: { kty: 'OKP', crv: 'Ed25519', x: url(first) } };
  if (name === 'ssh-rsa') return { type: name, jwk: { kty: 'RSA', e: url(first), n: url(second) } };
  const half = (second.length - 1) / 2;
  const [x, y] = [second.subarray(1, 1 + half), second.subarray(1 + half)];
  const crv = `P-${first.toString('latin1').replace('nistp', '')}`;
  return { type: name, jwk: { kty: 'EC', crv, x: url(x), y: url(y) } };
}

/** SSH's numbers, like DER's, have a leading zero where their first bit is set; JSON's have none. */
const url = (bytes: Buffer): string =>
  (bytes[0] === 0 && bytes.length % 2 === 1 ? bytes.subarray(1) : bytes).toString('base64url');

/** Two numbers as a DER sequence. */
function derOf(bare: Buffer): Buffer {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = new WireReader(bare).fields();
  const numbers = Buffer.concat([first, second].flatMap((one) => [Buffer.from([2, one.length]), one]));
  const head = numbers.length < 0x80 ? [0x30, numbers.length] : [0x30, 0x81, numbers.length];
  return Buffer.concat([Buffer.from(head), numbers]);
}
