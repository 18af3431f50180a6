/** What a run has in hand before its first connection: every mistake that can be seen by then is an error by then. */
import { homedir } from 'node:os';
import type { Options } from '../../cli/options.ts';
import type { Emit } from '../../events.ts';
import { LIMITS } from '../../limits.ts';
import { expectFiles } from '../../memory.ts';
import type { Ssh2Settings } from '../../ssh/ssh2-transport.ts';
import type { Transport } from '../../ssh/transport.ts';
import type { Collection } from '../../transfer/entry.ts';
import { askSecret, hasTerminal } from './secret.ts';

/** The files of `-U` and `-S`; undefined where none are sent. */
export async function collect(options: Options): Promise<Collection | undefined> {
  const isUploading = (options.mode === 'upload' || options.mode === 'sync') && options.upload;
  if (!isUploading || options.words.length === 0) return undefined;
  expectFiles();
  const { collectFiles } = await import('../../transfer/collect.ts');
  return collectFiles({ words: options.words, relative: options.relative, cwd: process.cwd() });
}

/** Keys are read here, so that a bad one is an error before any connection. ssh2 is loaded here: a call in a session needs none. */
export async function openTransport(
  options: Options,
  { nodes, emit, signal }: { readonly nodes: number; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<Transport> {
  const { createSsh2Transport } = await import('../../ssh/ssh2-transport.ts');
  const { loadIdentities } = await import('../../ssh/identities.ts');
  const settings: Ssh2Settings = {
    key: options.key,
    isPasswordWanted: options.password,
    ...(hasTerminal() ? { askSecret: (prompt: string) => askSecret(prompt, { emit, signal }) } : {}),
    agentSocket: process.env.SSH_AUTH_SOCK,
    homeDirectory: homedir(),
    hostKeys: { checking: options.strictHostKeyChecking, knownHostsFile: options.knownHosts },
    connectTimeoutMs: options.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: options.keepAliveMs,
    unreadBytesMax: Math.max(LIMITS.unreadBytesMin, Math.floor(LIMITS.unreadTotalBytesMax / nodes)),
    warn: (message) => void emit({ type: 'log', level: 'warn', message }),
  };
  return createSsh2Transport(settings, await loadIdentities(settings));
}
