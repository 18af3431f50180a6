/**
 * SSH by the library ssh2, whose traps end in this directory. What 1,000 connections share is read once:
 * known_hosts, and the keys.
 */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { type HostConfig, plainHostConfig } from '../config/host-config.ts';
import { loadHostKeys } from '../host-keys/of-nodes.ts';
import type { HostKeySettings, HostKeys } from '../host-keys/policy.ts';
import type { Connection, Transport } from '../transport.ts';
import { watchServer } from './alive.ts';
import { Ssh2Connection } from './connection.ts';
import { handshake } from './handshake.ts';
import type { Identities, IdentitySettings } from './identities.ts';
import { Keyrings } from './keyrings.ts';
import { sentEnvironment } from './sent-environment.ts';
import { abortError, openSocket } from './socket.ts';

export interface Ssh2Settings extends HostKeySettings, IdentitySettings {
  /** TCP connect, name resolution included; undefined: what ssh_config says. */
  readonly connectTimeoutMs: number | undefined;
  /** Handshake and authentication together. */
  readonly handshakeTimeoutMs: number;
  /** Idle time before TCP probes the connection. */
  readonly keepAliveMs: number;
  /** Opening a channel and having its command accepted. */
  readonly execTimeoutMs?: number;
  /** Bytes that one node may have before it has read them. */
  readonly unreadBytesMax?: number;
  /** Of which SendEnv takes what it names. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What was read beforehand, so that a bad key or list of hosts is an error before any connection; else it is read with the first one. */
export interface Loaded {
  readonly identities?: Identities;
  readonly hostKeys?: HostKeys;
  readonly keyrings?: Keyrings;
}

export function createSsh2Transport(settings: Ssh2Settings, loaded: Loaded = {}): Transport {
  let reading: Promise<HostKeys> | undefined;
  const keyrings = loaded.keyrings ?? new Keyrings(settings, loaded.identities);
  return {
    async connect(node, runSignal): Promise<Connection> {
      // A signal of its own: many connections that listen to the one of the run would look like a leak.
      const signal = AbortSignal.any([runSignal]);
      const config = settings.configOf?.(node) ?? plainHostConfig(sshName(node));
      refuseProxy(node, config);
      reading ??= loaded.hostKeys === undefined ? loadHostKeys(settings) : Promise.resolve(loaded.hostKeys);
      const hostKeys = await reading;
      await hostKeys.load(node);
      const gate = await keyrings.of(config);
      const connection = await gate.login((identities) =>
        logIn({ node, config, signal, hostKeys, identities, settings }),
      );
      await hostKeys.written();
      if (!signal.aborted) return connection;
      await connection.close();
      throw abortError(node, signal);
    },
  };
}

/** Whoever must go through another host is never connected to directly: that may be another machine. */
function refuseProxy(node: Node, { jumps, proxyCommand }: HostConfig): void {
  const way =
    jumps.length > 0
      ? `the jump host ${jumps.map(({ host }) => host).join(', ')} (ProxyJump)`
      : proxyCommand !== undefined
        ? 'a ProxyCommand'
        : undefined;
  if (way === undefined) return;
  const text = `cannot connect: ssh_config leads through ${way}, which lockstep cannot do yet`;
  throw new LockstepError('unreachable', text, { node, hint: 'run lockstep on the jump host' });
}

interface Login {
  readonly node: Node;
  readonly config: HostConfig;
  readonly signal: AbortSignal;
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  readonly settings: Ssh2Settings;
}

async function logIn({
  node,
  config,
  signal,
  hostKeys,
  identities,
  settings,
}: Login): Promise<Ssh2Connection> {
  const {
    connectTimeoutMs = config.connectTimeoutMs ?? LIMITS.connectTimeoutMs,
    keepAliveMs,
    handshakeTimeoutMs,
    execTimeoutMs = LIMITS.execTimeoutMs,
    unreadBytesMax = LIMITS.unreadBytesMin,
  } = settings;
  const socket = await openSocket(node, { config, connectTimeoutMs, keepAliveMs, signal });
  const client = await handshake({ node, config, socket, hostKeys, identities, handshakeTimeoutMs, signal });
  const environment = sentEnvironment(config, settings.environment ?? {});
  const connection = new Ssh2Connection({ node, client, socket, execTimeoutMs, unreadBytesMax, environment });
  watchServer({ client, socket, onSilent: (reason) => connection.giveUp(reason) }, config);
  return connection;
}
