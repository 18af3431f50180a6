/** Key files as ssh-keygen writes them, homes that have them, and what is loaded from there. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadIdentities } from '../../../src/ssh/ssh2/keys/identities.ts';
import type { Identities } from '../../../src/ssh/ssh2/keys/identity-settings.ts';

let directory = '';

export const PASSPHRASE = 'correct horse';
export const keyPath = (name: string) => join(directory, name);

const KEYS = {
  ed25519: ['-t', 'ed25519', '-N', ''],
  ecdsa: ['-t', 'ecdsa', '-N', ''],
  rsa: ['-t', 'rsa', '-b', '2048', '-N', ''],
  'rsa-pem': ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM'],
  locked: ['-t', 'ed25519', '-N', PASSPHRASE],
  'locked-pem': ['-t', 'rsa', '-b', '2048', '-N', PASSPHRASE, '-m', 'PEM'],
  'locked-pkcs8': ['-t', 'ecdsa', '-N', PASSPHRASE, '-m', 'PKCS8'],
} as const;

/** Makes the keys of these names, for the tests of a file; gives what removes them. */
export function makeKeys(...names: readonly (keyof typeof KEYS)[]): () => void {
  const made = mkdtempSync(join(tmpdir(), 'lockstep-keys-'));
  directory = made;
  for (const name of names)
    execFileSync('ssh-keygen', ['-q', '-f', keyPath(name), '-C', 'me', ...KEYS[name]], { stdio: 'ignore' });
  return () => rmSync(made, { recursive: true, force: true });
}

/** Makes `broken`, which lacks a line of the key ed25519, and `text`, which never was a key. */
export function makeDamagedKeys(): void {
  writeFileSync(keyPath('broken'), readFileSync(keyPath('ed25519'), 'utf8').replace(/.{70}\n/, ''));
  writeFileSync(keyPath('text'), 'SECRET-CANARY is no key\n');
}

let homes = 0;
/** A home whose default keys are copies of these. */
export function homeWith(files: Readonly<Record<string, string>>): string {
  homes += 1;
  const ssh = join(directory, `home${homes}/.ssh`);
  mkdirSync(ssh, { recursive: true });
  for (const [name, source] of Object.entries(files)) {
    copyFileSync(keyPath(source), join(ssh, name));
    chmodSync(join(ssh, name), 0o600);
  }
  return join(ssh, '..');
}

export async function load(
  homeDirectory: string,
  key?: string,
): Promise<Identities & { warnings: string[] }> {
  const warnings: string[] = [];
  const found = await loadIdentities({ homeDirectory, key, warn: (text) => void warnings.push(text) });
  return { ...found, warnings };
}
