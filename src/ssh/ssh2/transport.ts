/**
 * SSH by the library ssh2, whose traps end in this directory. What 1,000 connections share is read once:
 * known_hosts, and the keys.
 */
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { type HostKeySettings, type HostKeys, loadHostKeys } from '../host-keys/policy.ts';
import type { Connection, Transport } from '../transport.ts';
import { Ssh2Connection } from './connection.ts';
import { handshake } from './handshake.ts';
import { type Identities, type IdentitySettings, loadIdentities } from './identities.ts';
import { PasswordGate } from './password-gate.ts';
import { abortError, openSocket } from './socket.ts';

export interface Ssh2Settings extends HostKeySettings, IdentitySettings {
  /** TCP connect, name resolution included. */
  readonly connectTimeoutMs: number;
  /** Handshake and authentication together. */
  readonly handshakeTimeoutMs: number;
  /** Idle time before TCP probes the connection. */
  readonly keepAliveMs: number;
  /** Opening a channel and having its command accepted. */
  readonly execTimeoutMs?: number;
  /** Bytes that one node may have before it has read them. */
  readonly unreadBytesMax?: number;
}

/** What was read beforehand, so that a bad key or list of hosts is an error before any connection; else it is read with the first one. */
export interface Loaded {
  readonly identities?: Identities;
  readonly hostKeys?: HostKeys;
}

export function createSsh2Transport(settings: Ssh2Settings, loaded: Loaded = {}): Transport {
  let shared: Promise<[HostKeys, PasswordGate]> | undefined;
  const load = async (): Promise<[HostKeys, PasswordGate]> => [
    loaded.hostKeys ?? (await loadHostKeys(settings)),
    new PasswordGate(loaded.identities ?? (await loadIdentities(settings))),
  ];
  return {
    async connect(node, runSignal): Promise<Connection> {
      // A signal of its own: many connections that listen to the one of the run would look like a leak.
      const signal = AbortSignal.any([runSignal]);
      shared ??= load();
      const [hostKeys, gate] = await shared;
      const connection = await gate.login((identities) =>
        logIn({ node, signal, hostKeys, identities, settings }),
      );
      await hostKeys.written();
      if (!signal.aborted) return connection;
      await connection.close();
      throw abortError(node, signal);
    },
  };
}

interface Login {
  readonly node: Node;
  readonly signal: AbortSignal;
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  readonly settings: Ssh2Settings;
}

async function logIn({ node, signal, hostKeys, identities, settings }: Login): Promise<Ssh2Connection> {
  const {
    connectTimeoutMs,
    keepAliveMs,
    handshakeTimeoutMs,
    execTimeoutMs = LIMITS.execTimeoutMs,
    unreadBytesMax = LIMITS.unreadBytesMin,
  } = settings;
  const socket = await openSocket(node, { connectTimeoutMs, keepAliveMs, signal });
  const client = await handshake({ node, socket, hostKeys, identities, handshakeTimeoutMs, signal });
  return new Ssh2Connection({ node, client, socket, execTimeoutMs, unreadBytesMax });
}
