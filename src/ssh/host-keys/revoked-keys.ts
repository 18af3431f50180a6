/** Reads the file of RevokedHostKeys, one public key a line. If part of it cannot be read no host is trusted, as in ssh. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { parseCertificate } from '../certificate.ts';
import { readSmallFile } from '../read-file.ts';
import { WireReader } from '../wire.ts';
import { type KnownKey, keyTypeOf } from './known-hosts.ts';

/** The lines, by their keys in base64. */
export type RevokedKeys = ReadonlyMap<string, KnownKey>;

/** Rejects with LockstepError `host-key-unknown`. */
export async function readRevokedKeys(path: string): Promise<RevokedKeys> {
  const file = await readSmallFile(path, LIMITS.knownHostsBytesMax);
  if (file.kind !== 'text') {
    const reason = file.kind === 'missing' ? 'no such file' : file.reason;
    throw refusal(`cannot read ${path}, which RevokedHostKeys names: ${reason}`);
  }
  if (file.text.startsWith(LIST_OF_OPENSSH))
    throw refusal(
      `${path}, which RevokedHostKeys names, is a key revocation list (KRL), which only OpenSSH reads`,
      '--transport openssh reads it; a text file with a public key a line is read here',
    );
  return new Map(file.text.split('\n').flatMap((text, index) => readLine(text, path, index + 1)));
}

const LIST_OF_OPENSSH = 'SSHKRL\n\0';

function readLine(text: string, file: string, line: number): (readonly [string, KnownKey])[] {
  const [type = '', encoded = ''] = text.trim().split(/\s+/);
  if (type === '' || type.startsWith('#')) return [];
  const blob = Buffer.from(encoded, 'base64');
  const plainKey = keyTypeOf(blob) === type && isWhole(encoded, blob) ? plainKeyOf(blob) : undefined;
  if (plainKey === undefined)
    throw refusal(`${file}:${line}: RevokedHostKeys names this file, and the line is no whole public key`);
  const key = plainKey.toString('base64');
  return [[key, { marker: 'revoked', type, key, file, line }]];
}

/** A key that is cut off, or has an extra letter, would revoke a key that does not exist. */
function isWhole(encoded: string, blob: Buffer): boolean {
  return blob.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
}

/** As in ssh, a certificate's line revokes the key in it. Returns undefined for a key that is cut off. */
function plainKeyOf(blob: Buffer): Buffer | undefined {
  try {
    const plainKey = parseCertificate(blob)?.plainKey ?? blob;
    const [, ...parts] = new WireReader(plainKey).fields();
    return parts.length > 0 ? plainKey : undefined;
  } catch {
    return undefined;
  }
}

function refusal(
  text: string,
  hint = 'as long as it cannot be read, ssh refuses all hosts as well',
): LockstepError {
  return new LockstepError('host-key-unknown', text, { hint });
}
