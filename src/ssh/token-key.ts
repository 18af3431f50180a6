/** Keys in a security token (FIDO, `sk-…`), as their files show them, and the open part of OpenSSH's key files. Pure. */
import { keyTypeOf } from './host-keys/known-hosts.ts';

/** The public half of a key in a token; the file holds only what the token needs to sign. */
export function tokenKey(text: string): Buffer | undefined {
  const publicKey = readContainer(text)?.publicKey;
  return publicKey !== undefined && keyTypeOf(publicKey)?.startsWith('sk-') ? publicKey : undefined;
}

/** Reads a file that holds only the public half. */
export function tokenLine(text: string): Buffer | undefined {
  const [, type, encoded = ''] = /^(sk-\S+)\s+(\S+)/.exec(text) ?? [];
  const publicKey = Buffer.from(encoded, 'base64');
  return type !== undefined && keyTypeOf(publicKey) === type ? publicKey : undefined;
}

const CONTAINER = /-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END/;
const CONTAINER_MAGIC = 'openssh-key-v1\0';

/** The open part of OpenSSH's own format (PROTOCOL.key): cipher, KDF, its options, a count, the public key. */
export function readContainer(
  text: string,
): { isEncrypted: boolean; publicKey: Buffer | undefined } | undefined {
  const encoded = CONTAINER.exec(text)?.[1];
  if (encoded === undefined) return undefined;
  const data = Buffer.from(encoded, 'base64');
  if (data.toString('latin1', 0, CONTAINER_MAGIC.length) !== CONTAINER_MAGIC) return undefined;
  const cipher = readField(data, CONTAINER_MAGIC.length);
  const derivation = cipher && readField(data, cipher.end);
  const options = derivation && readField(data, derivation.end);
  const publicKey = options && readField(data, options.end + 4);
  return { isEncrypted: cipher?.value.toString('latin1') !== 'none', publicKey: publicKey?.value };
}

function readField(data: Buffer, start: number): { value: Buffer; end: number } | undefined {
  if (start + 4 > data.length) return undefined;
  const end = start + 4 + data.readUInt32BE(start);
  return end > data.length ? undefined : { value: data.subarray(start + 4, end), end };
}
