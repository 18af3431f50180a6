/**
 * Reads a key file; its contents, not its name, decide what it is.
 * No part of it may get into a message, so this never uses the texts of ssh2: they quote what they cannot read.
 */
import type { ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import { LIMITS } from '../../../core/limits/limits.ts';
import { readSmallFile } from '../../read-file.ts';
import { readContainer, tokenKey, tokenLine } from '../../token-key.ts';
import { fromPkcs8, isPkcs8 } from './pkcs8.ts';

export type KeyFile =
  | { readonly kind: 'private'; readonly key: ParsedKey; readonly isExposed: boolean }
  /** Only the public half is at hand: the file is a public key, or its private half is under a passphrase. */
  | { readonly kind: 'public'; readonly publicKey: Buffer; readonly isEncrypted: boolean }
  /** A private key under a passphrase that hides its public half, too. */
  | { readonly kind: 'encrypted' }
  /** A key that lives in a security token (`sk-…`). */
  | { readonly kind: 'token'; readonly publicKey: Buffer }
  | { readonly kind: 'missing' }
  /** The given passphrase does not open it. */
  | { readonly kind: 'wrong-passphrase' }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Reads the key at the path, with its passphrase if one is needed and known. Never rejects. */
export async function readKeyFile(path: string, passphrase?: string): Promise<KeyFile> {
  const file = await readSmallFile(path, LIMITS.keyFileBytesMax);
  if (file.kind === 'missing') return file;
  if (file.kind === 'unreadable') return { kind: 'unusable', reason: `cannot read it: ${file.reason}` };
  const container = readContainer(file.text);
  const publicKey = container?.publicKey;
  const token = tokenKey(file.text) ?? tokenLine(file.text);
  if (token !== undefined) return { kind: 'token', publicKey: token };
  const isEncrypted = container?.isEncrypted === true || isEncryptedPem(file.text);
  if (isEncrypted && passphrase === undefined) {
    return publicKey === undefined ? { kind: 'encrypted' } : { kind: 'public', publicKey, isEncrypted: true };
  }
  const key = parseKey(file.text, passphrase);
  if (key === undefined && isEncrypted) return { kind: 'wrong-passphrase' };
  if (key === undefined)
    return { kind: 'unusable', reason: 'it is damaged, or not a key that lockstep knows' };
  if (!key.isPrivateKey()) return { kind: 'public', publicKey: key.getPublicSSH(), isEncrypted: false };
  return { kind: 'private', key, isExposed: isExposed(file.mode, file.ownerId) };
}

/** ssh2 returns an Error, or throws one, for a key that it cannot read. */
function parseKey(text: string, passphrase?: string): ParsedKey | undefined {
  try {
    const opened = isPkcs8(text) ? fromPkcs8(text, passphrase) : text;
    if (opened === undefined) return undefined;
    const parsed: unknown = ssh2.utils.parseKey(opened, isPkcs8(text) ? undefined : passphrase);
    const key = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed;
    return key instanceof Error || key === undefined ? undefined : (key as ParsedKey);
  } catch {
    return undefined;
  }
}

/** PEM (RFC 1421), PKCS#8 and PuTTY keys say in their headers that a passphrase locks them. */
function isEncryptedPem(text: string): boolean {
  return /^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED PRIVATE KEY|^Encryption: aes/m.test(text);
}

/** Others than its owner can read it; OpenSSH minds only for files of the user itself. */
function isExposed(mode: number, ownerId: number): boolean {
  return ownerId === process.getuid?.() && (mode & 0o077) !== 0;
}
