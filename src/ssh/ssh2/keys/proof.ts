/** Makes keys for ssh2 that it cannot show or sign with by itself: certificates, and keys of an agent. */
import type { ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import type { Certificate } from '../../certificate.ts';
import { field } from '../../wire.ts';

/** How a key is shown, and who signs with it. */
export interface Proof {
  /** The public key or the certificate. */
  readonly blob: Buffer;
  /** The type of the key, or the algorithm by which a certificate signs. */
  readonly algorithm: string;
  /** Signing may need the user's consent, so this signs only once the server wants it. */
  readonly isDear: boolean;
  /** The whole signature, with its own algorithm. Rejects with a plain Error. */
  sign(data: Buffer, algorithm: string): Promise<Buffer>;
}

/** Makes the key for one attempt. */
export interface ProofKey extends ParsedKey {
  readonly proof: Proof;
  failure: string;
}

export function proofKey(proof: Proof): ProofKey {
  const key = Object.create(ANY_KEY, {
    type: { value: proof.algorithm },
    getPublicSSH: { value: () => proof.blob },
    isPrivateKey: { value: () => true },
    proof: { value: proof },
    failure: { value: '', writable: true },
    // ssh2 calls this only when the proof has failed.
    sign: { value: () => new Error(key.failure) },
  }) as ProofKey;
  return key;
}

/** The types of keys with which lockstep logs in. */
export const KEY_TYPES: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** An RSA certificate has a name of its own for a signature with SHA-2. */
export function certificateAlgorithm({ type, plainType }: Certificate): string {
  return plainType === 'ssh-rsa' ? 'rsa-sha2-512-cert-v01@openssh.com' : type;
}

/** Returns the whole signature by a file's key. */
export function signWithFile(key: ParsedKey, data: Buffer): Buffer {
  const isRsa = key.type === 'ssh-rsa';
  const signature = key.sign(data, isRsa ? 'sha512' : undefined);
  if (signature instanceof Error) throw signature;
  const bare = key.type.startsWith('ecdsa-') ? ecdsaFields(signature) : signature;
  return Buffer.concat([field(isRsa ? 'rsa-sha2-512' : key.type), field(bare)]);
}

/** Reads the two numbers of a DER sequence, as OpenSSL gives them. */
function ecdsaFields(der: Buffer): Buffer {
  const start = (der[1] ?? 0) >= 0x80 ? 3 : 2;
  const firstLength = der[start + 1] ?? 0;
  const second = start + 2 + firstLength;
  const first = der.subarray(start + 2, second);
  return Buffer.concat([field(first), field(der.subarray(second + 2))]);
}

/** ssh2 takes only objects of its own prototype. */
const ANY_KEY = ssh2.utils.parseKey(
  `ssh-ed25519 ${Buffer.concat([field('ssh-ed25519'), field(Buffer.alloc(32, 1))]).toString('base64')}`,
) as ParsedKey;
