/** What a run has in hand before its first connection: every mistake that can be seen by then is an error by then. */
import { homedir } from 'node:os';
import type { Options } from '../cli/options.ts';
import type { Emit } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { systemClock } from '../lock/clock.ts';
import type { OutputSettings } from '../output/output.ts';
import { loadIdentities } from '../ssh/identities.ts';
import { createSsh2Transport, type Ssh2Settings } from '../ssh/ssh2-transport.ts';
import type { Transport } from '../ssh/transport.ts';
import type { Node } from '../targets/node.ts';
import { readHostFile, readHostStream } from '../targets/read-host-list.ts';
import { resolveTargets } from '../targets/resolve.ts';
import { collectFiles } from '../transfer/collect.ts';
import type { Collection } from '../transfer/entry.ts';
import { userName } from './identity.ts';

/** The files of `-U` and `-S`; undefined where none are sent. */
export async function collect(options: Options): Promise<Collection | undefined> {
  const isUploading = (options.mode === 'upload' || options.mode === 'sync') && options.upload;
  if (!isUploading || options.words.length === 0) return undefined;
  return collectFiles({ words: options.words, relative: options.relative, cwd: process.cwd() });
}

export async function resolve(options: Options): Promise<readonly Node[]> {
  const stdinText = options.readStdin ? await readHostStream(process.stdin, 'stdin') : undefined;
  return resolveTargets({ hosts: options.hosts, stdinText, user: options.user ?? userName() }, readHostFile);
}

/** Keys are read here, so that a bad one is an error before any connection. */
export async function openTransport(options: Options, emit: Emit): Promise<Transport> {
  const settings: Ssh2Settings = {
    key: options.key,
    agentSocket: process.env.SSH_AUTH_SOCK,
    homeDirectory: homedir(),
    hostKeys: { checking: options.strictHostKeyChecking, knownHostsFile: options.knownHosts },
    connectTimeoutMs: options.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: options.keepAliveMs,
    warn: (message) => void emit({ type: 'log', level: 'warn', message }),
  };
  return createSsh2Transport(settings, await loadIdentities(settings));
}

export function outputSettings(options: Options, nodes: readonly Node[]): OutputSettings {
  const { json, quiet, verbose, serial, color } = options;
  const clock = { now: () => new Date(), monotonicMs: systemClock.monotonicMs };
  return { json, quiet, verbose, serial, color, nodes, environment: process.env, clock };
}
