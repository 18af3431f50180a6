/**
 * The keys with which lockstep proves who it is: it finds them once, before any connection, and all share them.
 * The order is OpenSSH's (sshconnect2.c, pubkey_prepare): the agent's keys that are also in the default files,
 * its other keys, then the files that the agent does not hold.
 */
import { join } from 'node:path';
import { DEFAULT_KEYS, defaultKeyPaths } from '../../default-keys.ts';
import { askPassword, unlock } from '../../secrets.ts';
import { type AgentKey, listAgentKeys } from './agent.ts';
import { type Certificates, readCertificates, unusableReason, unusedText } from './certificates.ts';
import { agentIdentities, fileIdentities, type Identity } from './identity.ts';
import type { Identities, IdentitySettings } from './identity-settings.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import { unusableKey } from './unusable-key.ts';

/**
 * Finds the keys. Rejects with `auth` when the key of `-k` cannot be used. Leaves out a default key that cannot be used,
 * with a warning if somebody might expect it to work.
 */
export async function loadIdentities(settings: IdentitySettings): Promise<Identities> {
  if (settings.isPasswordWanted === true) {
    const { password } = settings;
    return password === undefined ? askPassword(settings) : { all: [], password, notes: [] };
  }
  const notes: string[] = [];
  if (settings.key !== undefined)
    return { all: await chosenIdentities(settings.key, settings, notes), notes };

  const held = await readAgent(settings, notes);
  const found = await readFiles(settings);
  const named = new Set(found.map(({ file }) => publicHalf(file)));
  const agentKeys = held.filter(({ plainKey }) => settings.isOnlyOfFiles !== true || named.has(plainKey));
  const files = agentKeys.length > 0 ? found : await unlockOne(found, settings);
  for (const { path, file } of files) warnAboutDefault(path, file, agentKeys, settings.warn);
  const certificates = await certificatesOf(files, agentKeys, settings, notes);
  const inFiles = new Set(files.map(({ file }) => publicHalf(file)));
  const inAgent = new Set(agentKeys.map(({ blob }) => encoded(blob)));
  const ofAgent = (key: AgentKey) => agentIdentities(key, certificates.of(key.plainKey));
  const ofFile = ({ path, file }: DefaultFile) => {
    if (file.kind !== 'private' || inAgent.has(publicHalf(file) ?? '')) return [];
    return fileIdentities(path, file.key, certificates.of(publicHalf(file) ?? ''));
  };
  notes.push(searchedText(settings, agentKeys));
  const all = [
    ...agentKeys.filter(({ plainKey }) => inFiles.has(plainKey)).flatMap(ofAgent),
    ...agentKeys.filter(({ plainKey }) => !inFiles.has(plainKey)).flatMap(ofAgent),
    ...files.flatMap(ofFile),
  ];
  const areMore = files.some(({ file }) => file.kind === 'token' && !inAgent.has(publicHalf(file) ?? ''));
  return { all: once(all), areMore, notes: all.length === 0 ? notes : notes.slice(0, -1) };
}

/** An agent and a file may hold the same certificate. */
function once(all: readonly Identity[]): Identity[] {
  const first = new Map<string, Identity>();
  for (const identity of all) if (!first.has(identity.shown)) first.set(identity.shown, identity);
  return [...first.values()];
}

function certificatesOf(
  files: readonly DefaultFile[],
  agentKeys: readonly AgentKey[],
  { certificateFiles = [] }: IdentitySettings,
  notes: string[],
): Promise<Certificates> {
  const ofFiles = files.map(({ path, file }) => ({ path, plainKey: publicHalf(file) }));
  const ofAgent = agentKeys.map(({ plainKey }) => ({ path: undefined, plainKey }));
  return readCertificates(certificateFiles, [...ofFiles, ...ofAgent], notes);
}

/** The hint for a user whose key is elsewhere. */
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

interface DefaultFile {
  readonly path: string;
  readonly file: KeyFile;
}

async function readFiles({ homeDirectory, identityFiles }: IdentitySettings): Promise<DefaultFile[]> {
  return Promise.all(
    (identityFiles ?? defaultKeyPaths(homeDirectory)).map(async (path) => ({
      path,
      file: await readIdentity(path),
    })),
  );
}

/** Only the agent may have the private half. */
async function readIdentity(path: string): Promise<KeyFile> {
  const file = await readKeyFile(path);
  return file.kind === 'missing' ? readKeyFile(`${path}.pub`) : file;
}

/** An agent that is gone is common (a terminal that outlived its login), so it deserves no warning by itself. */
async function readAgent(
  { agentSocket: socketPath, tell }: IdentitySettings,
  notes: string[],
): Promise<AgentKey[]> {
  if (!socketPath) return [];
  try {
    const keys = await listAgentKeys(socketPath, () => tell?.(`waiting for ssh-agent at ${socketPath}`));
    return keys.filter(({ certificate, comment }) => {
      const problem = certificate && unusableReason(certificate);
      if (problem !== undefined) notes.push(unusedText(`${comment} of ssh-agent`, problem, certificate));
      return problem === undefined;
    });
  } catch (error) {
    notes.push(`ssh-agent at ${socketPath} was not asked: ${(error as Error).message}`);
    return [];
  }
}

/**
 * Finds the key of `-k`, through the agent if only that holds the private half. It asks the agent for no other key, since
 * an agent may hang, or ask its user to confirm.
 */
async function chosenIdentities(
  path: string,
  settings: IdentitySettings,
  notes: string[],
): Promise<Identity[]> {
  const asFound = await readKeyFile(path);
  if (asFound.kind === 'public' || asFound.kind === 'token') {
    const agentKeys = await readAgent(settings, notes);
    const held = agentKeys.filter(({ plainKey }) => plainKey === publicHalf(asFound));
    const certificates = await certificatesOf([{ path, file: asFound }], [], settings, notes);
    const byCertificate = [...held].sort(
      (one, other) => Number(!one.certificate) - Number(!other.certificate),
    );
    const all = byCertificate.flatMap((key) => agentIdentities(key, certificates.of(key.plainKey)));
    if (all.length > 0) return once(all);
  }
  const file = isLocked(asFound) ? await unlock(path, asFound, settings) : asFound;
  if (file.kind !== 'private') throw unusableKey(path, file);
  if (file.isExposed) settings.warn(exposedText(path));
  const certificates = await certificatesOf([{ path, file }], [], settings, notes);
  return fileIdentities(path, file.key, certificates.of(publicHalf(file) ?? ''));
}

/** Asks for the passphrase of the first default key, as ssh does, if all have one and nothing else could log in. */
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
  const isHeld = agentKeys.some(({ plainKey }) => plainKey === publicHalf(file));
  if (isLocked(file) && !isHeld)
    warn(`key ${path} is left out, since it has a passphrase: add it with ssh-add ${path}`);
}

const exposedText = (path: string): string => `key ${path} can be read by others; run chmod 600 ${path}`;

/** The public key of a file in base64, if known. */
function publicHalf(file: KeyFile): string | undefined {
  if (file.kind === 'private') return encoded(file.key.getPublicSSH());
  return file.kind === 'public' || file.kind === 'token' ? encoded(file.publicKey) : undefined;
}

const encoded = (blob: Buffer): string => blob.toString('base64');
