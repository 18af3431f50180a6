/** One way to prove who one is: a key from a file or an agent, or a certificate of it. */
import type { ParsedKey, PublicKeyAuthMethod } from 'ssh2';
import { type Certificate, certificateText } from '../../certificate.ts';
import { fingerprint } from '../../host-keys/fingerprint.ts';
import { keyTypeOf } from '../../host-keys/known-hosts.ts';
import type { AgentKey } from './agent.ts';
import type { NamedCertificate } from './certificates.ts';
import { certificateAlgorithm, type Proof, proofKey, signWithFile } from './proof.ts';

export interface Identity {
  /** For people: where the key is, its type and fingerprint. */
  readonly description: string;
  /** The public key or the certificate, in base64. */
  readonly shown: string;
  /** Makes what ssh2 needs to try this key for a user. */
  method(username: string): PublicKeyAuthMethod;
}

/** Returns the certificates of a file's key, then the key itself. */
export function fileIdentities(
  path: string,
  key: ParsedKey,
  certificates: readonly NamedCertificate[],
): Identity[] {
  const modern = withoutSha1(key);
  const certified = certificates.map(({ path: file, certificate }) =>
    certificateIdentity(file, certificate, { isDear: false, sign: async (data) => signWithFile(key, data) }),
  );
  const plain = key.getPublicSSH();
  return [
    ...certified,
    {
      description: describe(path, plain),
      shown: plain.toString('base64'),
      method: (username) => ({ type: 'publickey', username, key: modern }),
    },
  ];
}

/** Returns the certificates in files for an agent's key, then the key itself. */
export function agentIdentities(held: AgentKey, certificates: readonly NamedCertificate[]): Identity[] {
  const { comment, certificate, blob } = held;
  const place = `${comment || 'a key'} of ssh-agent`;
  const signing = { isDear: true, sign: modernSign(held) };
  if (certificate !== undefined) return [certificateIdentity(place, certificate, signing)];
  const certified = certificates.map(({ path, certificate: one }) => certificateIdentity(path, one, signing));
  const proof = { blob, algorithm: keyTypeOf(blob) ?? '', ...signing };
  return [...certified, proofIdentity(describe(place, blob), proof)];
}

function certificateIdentity(
  place: string,
  certificate: Certificate,
  signing: Pick<Proof, 'isDear' | 'sign'>,
): Identity {
  const { blob, plainKey } = certificate;
  const text = `${describe(place, plainKey)}, ${certificateText(certificate)}`;
  return proofIdentity(text, { blob, algorithm: certificateAlgorithm(certificate), ...signing });
}

function proofIdentity(description: string, proof: Proof): Identity {
  return {
    description,
    shown: proof.blob.toString('base64'),
    method: (username) => ({ type: 'publickey', username, key: proofKey(proof) }),
  };
}

const describe = (place: string, publicKey: Buffer): string =>
  `${place} (${keyTypeOf(publicKey)} ${fingerprint(publicKey)})`;

function modernSign(held: AgentKey): Proof['sign'] {
  return async (data, algorithm) => {
    if (algorithm === 'ssh-rsa') throw new Error(SHA1_REFUSAL);
    return held.sign(data, algorithm);
  };
}

/** The same key, except that it refuses SHA-1; ssh2 takes an Error as an answer, and goes on with the next key. */
function withoutSha1(key: ParsedKey): ParsedKey {
  const sign = (data: Buffer | string, hash?: string): Buffer | Error =>
    key.type === 'ssh-rsa' && hash !== 'sha256' && hash !== 'sha512'
      ? new Error(SHA1_REFUSAL)
      : key.sign(data, hash);
  return Object.create(key, { sign: { value: sign } }) as ParsedKey;
}

/** ssh2 falls back to SHA-1 for a server that does not name its algorithms; OpenSSH no longer does. */
const SHA1_REFUSAL = 'the server takes only SHA-1 signatures of an RSA key';
