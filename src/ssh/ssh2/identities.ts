/**
 * The keys with which lockstep proves who it is: found once, before any connection, and shared by all of them.
 * The order is OpenSSH's (sshconnect2.c, pubkey_prepare): the agent's keys that are also in the default files,
 * its other keys, then the files that the agent does not hold.
 */
import { join } from 'node:path';
import type { AgentAuthMethod, ParsedKey, PublicKeyAuthMethod } from 'ssh2';
import { fingerprint } from '../host-keys/fingerprint.ts';
import { askPassword, unlock } from '../secrets.ts';
import { type AgentKey, isSha1, listAgentKeys, SHA1_REFUSAL } from './agent.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import { unusableKey } from './unusable-key.ts';

export interface IdentitySettings {
  /** `-k`: this key alone is offered, also when an agent has others. */
  readonly key?: string | undefined;
  /** The unix socket of ssh-agent (`SSH_AUTH_SOCK`). */
  readonly agentSocket?: string | undefined;
  /** Undefined: there is none, and so no default keys. */
  readonly homeDirectory: string | undefined;
  /** Instead of the default keys (IdentityFile). */
  readonly identityFiles?: readonly string[] | undefined;
  /** Of the agent's keys only those that are in the files. */
  readonly isOnlyOfFiles?: boolean;
  /** `-p`: the password alone is offered. */
  readonly isPasswordWanted?: boolean;
  /** Asks the user for a secret, once for all nodes; absent where there is no terminal. */
  askSecret?(prompt: string): Promise<string>;
  /** How often a wrong secret is asked for again, the first time included. */
  readonly secretTriesMax?: number;
  /** The accounts that a password is for, to be named where it is asked for. */
  readonly users?: readonly string[];
  warn(message: string): void;
  /** What takes its time. */
  tell?(message: string): void;
}

export interface Identity {
  /** For people: where the key is, its type and fingerprint. */
  readonly description: string;
  /** What ssh2 needs to try this key for a user. */
  method(username: string): AgentAuthMethod | PublicKeyAuthMethod;
}

export interface Identities {
  /** In the order in which they are tried. */
  readonly all: readonly Identity[];
  /** `-p`. */
  readonly password?: string;
  /** Asks for another password, since this one was refused; undefined when it was asked for often enough. */
  askAgain?(): Promise<Identities | undefined>;
  /** Why other keys are not among them. The error says it when authentication fails. */
  readonly notes: readonly string[];
}

/**
 * Finds the keys. Rejects with `auth` when the key of `-k` cannot be used; a default key that cannot be used
 * is left out, with a warning where somebody might expect it to work.
 */
export async function loadIdentities(settings: IdentitySettings): Promise<Identities> {
  if (settings.isPasswordWanted === true) return askPassword(settings);
  const notes: string[] = [];
  if (settings.key !== undefined)
    return { all: [await chosenIdentity(settings.key, settings, notes)], notes };

  const held = await readAgent(settings, notes);
  const found = await readFiles(settings);
  const named = new Set(found.map(({ file }) => publicHalf(file)));
  const agentKeys = held.filter(({ key }) => settings.isOnlyOfFiles !== true || named.has(encoded(key)));
  const files = agentKeys.length > 0 ? found : await unlockOne(found, settings);
  for (const { path, file } of files) warnAboutDefault(path, file, agentKeys, settings.warn);
  const inFiles = new Set(files.map(({ file }) => publicHalf(file)));
  const inAgent = new Set(agentKeys.map(({ key }) => encoded(key)));
  const privateFiles = files.flatMap(({ path, file }) =>
    file.kind === 'private' && !inAgent.has(encoded(file.key)) ? [fileIdentity(path, file.key)] : [],
  );
  notes.push(searchedText(settings, agentKeys));
  const all = [
    ...agentKeys.filter(({ key }) => inFiles.has(encoded(key))).map(agentIdentity),
    ...agentKeys.filter(({ key }) => !inFiles.has(encoded(key))).map(agentIdentity),
    ...privateFiles,
  ];
  return { all, notes: all.length === 0 ? notes : notes.slice(0, -1) };
}

/** For somebody whose key is elsewhere. */
function searchedText(
  { homeDirectory, identityFiles, agentSocket }: IdentitySettings,
  agentKeys: readonly AgentKey[],
): string {
  const files =
    identityFiles !== undefined
      ? `no usable key among ${identityFiles.join(', ') || 'none'} (IdentityFile)`
      : homeDirectory === undefined
        ? 'there is no home directory to look for keys in'
        : `no usable key among ${join(homeDirectory, '.ssh')}/{${DEFAULT_KEYS.join(',')}}`;
  const agent = agentSocket ? agentKeys.length === 0 : 'no ssh-agent (SSH_AUTH_SOCK is not set)';
  if (agent === false) return files;
  return `${files}, and ${agent === true ? 'ssh-agent gave none' : agent}`;
}

/** ssh_config(5), IdentityFile, as of OpenSSH 9; DSA is gone. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];

interface DefaultFile {
  readonly path: string;
  readonly file: KeyFile;
}

async function readFiles({ homeDirectory, identityFiles }: IdentitySettings): Promise<DefaultFile[]> {
  const names =
    homeDirectory === undefined ? [] : DEFAULT_KEYS.map((name) => join(homeDirectory, '.ssh', name));
  return Promise.all(
    (identityFiles ?? names).map(async (path) => ({ path, file: await readIdentity(path) })),
  );
}

/** The private half may be with the agent alone. */
async function readIdentity(path: string): Promise<KeyFile> {
  const file = await readKeyFile(path);
  return file.kind === 'missing' ? readKeyFile(`${path}.pub`) : file;
}

/** An agent that is gone is common (a terminal that outlived its login), so it is not worth a warning by itself. */
async function readAgent(
  { agentSocket: socketPath, tell }: IdentitySettings,
  notes: string[],
): Promise<AgentKey[]> {
  if (!socketPath) return [];
  try {
    return await listAgentKeys(socketPath, () => tell?.(`waiting for ssh-agent at ${socketPath}`));
  } catch (error) {
    notes.push(`ssh-agent at ${socketPath} was not asked: ${(error as Error).message}`);
    return [];
  }
}

/**
 * The key of `-k`; one whose private half is not at hand is used through the agent, if that holds it. No other is asked for:
 * an agent may be deaf, or have its user confirm.
 */
async function chosenIdentity(path: string, settings: IdentitySettings, notes: string[]): Promise<Identity> {
  const asFound = await readKeyFile(path);
  if (asFound.kind === 'public') {
    const agentKeys = await readAgent(settings, notes);
    const held = agentKeys.find(({ key }) => encoded(key) === publicHalf(asFound));
    if (held !== undefined) return agentIdentity(held);
  }
  const file = isLocked(asFound) ? await unlock(path, asFound, settings) : asFound;
  if (file.kind !== 'private') throw unusableKey(path, file);
  if (file.isExposed) settings.warn(exposedText(path));
  return fileIdentity(path, file.key);
}

/** Where every default key has a passphrase and nothing else could log in, the first one is asked for, as ssh does. */
async function unlockOne(files: readonly DefaultFile[], settings: IdentitySettings): Promise<DefaultFile[]> {
  const first = files.find(({ file }) => isLocked(file));
  if (first === undefined || files.some(({ file }) => file.kind === 'private')) return [...files];
  const file = await unlock(first.path, first.file, settings);
  if (file.kind === 'wrong-passphrase') throw unusableKey(first.path, file);
  return files.map((one) => (one === first ? { path: first.path, file } : one));
}

function isLocked(file: KeyFile): boolean {
  return file.kind === 'encrypted' || (file.kind === 'public' && file.isEncrypted);
}

function warnAboutDefault(
  path: string,
  file: KeyFile,
  agentKeys: readonly AgentKey[],
  warn: (message: string) => void,
): void {
  if (file.kind === 'private' && file.isExposed) warn(exposedText(path));
  if (file.kind === 'unusable') warn(`key ${path} is left out: ${file.reason}`);
  const isHeld = agentKeys.some(({ key }) => encoded(key) === publicHalf(file));
  if (isLocked(file) && !isHeld)
    warn(`key ${path} is left out, since it has a passphrase: add it with ssh-add ${path}`);
}

const exposedText = (path: string): string => `key ${path} can be read by others; run chmod 600 ${path}`;

/** The public key of a file in base64, where it is known. */
function publicHalf(file: KeyFile): string | undefined {
  if (file.kind === 'private') return encoded(file.key);
  return file.kind === 'public' ? file.publicKey.toString('base64') : undefined;
}

const encoded = (key: ParsedKey): string => key.getPublicSSH().toString('base64');

const describe = (place: string, key: ParsedKey): string =>
  `${place} (${key.type} ${fingerprint(key.getPublicSSH())})`;

function agentIdentity({ key, agent }: AgentKey): Identity {
  return {
    description: describe(`${key.comment || 'a key'} of ssh-agent`, key),
    method: (username) => ({ type: 'agent', username, agent }),
  };
}

function fileIdentity(path: string, key: ParsedKey): Identity {
  const modern = withoutSha1(key);
  return {
    description: describe(path, key),
    method: (username) => ({ type: 'publickey', username, key: modern }),
  };
}

/** The same key, except that it refuses SHA-1; ssh2 takes an Error as answer, and goes on with the next key. */
function withoutSha1(key: ParsedKey): ParsedKey {
  const sign = (data: Buffer | string, hash?: string): Buffer | Error =>
    isSha1(key, hash) ? new Error(SHA1_REFUSAL) : key.sign(data, hash);
  return Object.create(key, { sign: { value: sign } }) as ParsedKey;
}
