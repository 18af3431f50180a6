/**
 * Decides which keys ssh_config allows, by PubkeyAcceptedAlgorithms, CASignatureAlgorithms and RequiredRSASize. Some
 * systems set all three for every host. Pure.
 */
import { parseCertificate } from './certificate.ts';
import { changeList } from './config/algorithm-list.ts';
import type { HostConfig } from './config/host-config.ts';
import { keyTypeOf } from './host-keys/known-hosts.ts';
import { WireReader } from './wire.ts';

type Said = HostConfig['others'];

/** Returns why a key, or a certificate of it, must not log in; undefined if it may. */
export function keyRestriction(blob: Buffer, said: Said): string | undefined {
  const accepted = said.get('pubkeyacceptedalgorithms');
  const algorithms = loginAlgorithms(keyTypeOf(blob) ?? '');
  if (accepted !== undefined && !isAmong(algorithms, accepted)) return 'PubkeyAcceptedAlgorithms';
  return isTooShort(blob, said) ? 'RequiredRSASize' : undefined;
}

/** Returns whether it is an RSA key, or a certificate of one, with fewer bits than RequiredRSASize. */
export function isTooShort(blob: Buffer, said: Said): boolean {
  const bitsMin = Number(said.get('requiredrsasize') ?? 0);
  return bitsMin > 0 && /^ssh-rsa(?:-cert|$)/.test(keyTypeOf(blob) ?? '') && rsaBits(blob) < bitsMin;
}

/** Returns whether the authority signed with an allowed algorithm. */
export function isSignatureTaken(signature: Buffer, wanted: string | undefined): boolean {
  return wanted === undefined || isAmong([keyTypeOf(signature) ?? ''], wanted);
}

function isAmong(algorithms: readonly string[], written: string): boolean {
  const left = changeList(written, ALGORITHMS, ALGORITHMS);
  return algorithms.some((one) => left.includes(one));
}

/** RSA keys may sign with either SHA-2, never with SHA-1. */
function loginAlgorithms(type: string): readonly string[] {
  if (!type.startsWith('ssh-rsa')) return [type];
  return ['rsa-sha2-512', 'rsa-sha2-256'].map((name) => `${name}${type.slice('ssh-rsa'.length)}`);
}

/** Returns 0 for a key that it cannot read. */
function rsaBits(blob: Buffer): number {
  try {
    const plainKey = parseCertificate(blob)?.plainKey ?? blob;
    const [, , modulus = Buffer.alloc(0)] = new WireReader(plainKey).fields();
    const start = modulus.findIndex((byte) => byte !== 0);
    return start < 0 ? 0 : (modulus.length - start) * 8 + 24 - Math.clz32(modulus[start] ?? 0);
  } catch {
    return 0;
  }
}

const PLAIN = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
];
/** OpenSSH's default, which a list with `+`, `-` or `^` changes. */
const ALGORITHMS = [
  ...PLAIN,
  ...PLAIN.map((name) => `${name.replace('@openssh.com', '')}-cert-v01@openssh.com`),
];
