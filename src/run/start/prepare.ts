/** What a run has in hand before its first connection: every mistake that can be seen by then is an error by then. */
import { isAbsolute } from 'node:path';
import type { Emit } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { currentDirectory, homeDirectory } from '../../core/surroundings.ts';
import { expectFiles } from '../../memory.ts';
import type { Ssh2Settings } from '../../ssh/ssh2/transport.ts';
import type { Transport } from '../../ssh/transport.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { RunRequest, WorkRequest } from '../request.ts';
import { type AcceptedKey, acceptedTexts } from './accepted-keys.ts';
import { askSecret, hasTerminal } from './secret.ts';

/** The files of `-U` and `-S`; undefined where none are sent. */
export async function collect(work: WorkRequest): Promise<Collection | undefined> {
  if ((work.mode !== 'upload' && work.mode !== 'sync') || work.files.length === 0) return undefined;
  expectFiles();
  const { collectFiles } = await import('../../transfer/collect.ts');
  const { files: words, areRelative: relative } = work;
  const cwd = words.every((word) => isAbsolute(word)) ? '/' : currentDirectory();
  return collectFiles({ words, relative, cwd });
}

export interface Opened {
  readonly transport: Transport;
  /** All nodes are connected, or have failed: what was learned of them is told. */
  onConnected(): void;
}

/**
 * Keys and known hosts are read here, so that a bad one is an error before any connection. ssh2 is loaded here: a call in a
 * session needs none.
 */
export async function openTransport(
  { connect, times, show }: RunRequest,
  {
    nodes,
    emit,
    signal,
  }: { readonly nodes: readonly Node[]; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<Opened> {
  const { createSsh2Transport } = await import('../../ssh/ssh2/transport.ts');
  const { loadIdentities } = await import('../../ssh/ssh2/identities.ts');
  const { loadHostKeys } = await import('../../ssh/host-keys/policy.ts');
  const accepted: AcceptedKey[] = [];
  const settings: Ssh2Settings = {
    key: connect.keyFile,
    isPasswordWanted: connect.isPasswordAsked,
    ...(hasTerminal() ? { askSecret: (prompt: string) => askSecret(prompt, { emit, signal }) } : {}),
    // Scripts of orgalorg wait for its end, and answer once.
    secretTriesMax: show.asOrgalorg ? 1 : LIMITS.secretTriesMax,
    users: [...new Set(nodes.map(({ user }) => user))].slice(0, LIMITS.reportNamesMax),
    agentSocket: process.env.SSH_AUTH_SOCK,
    homeDirectory: homeDirectory(),
    hostKeys: { checking: connect.hostKeyChecking, knownHostsFile: connect.knownHostsFile },
    connectTimeoutMs: times.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: times.keepAliveMs,
    unreadBytesMax: Math.max(LIMITS.unreadBytesMin, Math.floor(LIMITS.unreadTotalBytesMax / nodes.length)),
    warn: (message) => void emit({ type: 'log', level: 'warn', message }),
    tell: (message) => void emit({ type: 'log', level: 'info', message }),
    onAccepted: (node, key, file) => void accepted.push({ node, key, file }),
  };
  const hostKeys = await loadHostKeys(settings);
  const transport = createSsh2Transport(settings, { hostKeys, identities: await loadIdentities(settings) });
  const onConnected = () => {
    for (const message of acceptedTexts(accepted.splice(0)))
      void emit({ type: 'log', level: 'info', message });
  };
  return { transport, onConnected };
}
