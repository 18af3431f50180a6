/**
 * SSH by the library ssh2, whose traps end in this directory. What 1,000 connections share is read once:
 * known_hosts, and the keys.
 */
import { LIMITS } from '../limits.ts';
import { Ssh2Connection } from './connection.ts';
import { handshake } from './handshake.ts';
import { type HostKeySettings, type HostKeys, loadHostKeys } from './host-key-policy.ts';
import { type Identities, type IdentitySettings, loadIdentities } from './identities.ts';
import { abortError, openSocket } from './socket.ts';
import type { Connection, Transport } from './transport.ts';

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

/**
 * A transport over ssh2. `identities`: those that were loaded beforehand, so that a bad key is an error before
 * any connection; else they are loaded with the first one.
 */
export function createSsh2Transport(settings: Ssh2Settings, identities?: Identities): Transport {
  let shared: Promise<[HostKeys, Identities]> | undefined;
  return {
    async connect(node, runSignal): Promise<Connection> {
      // A signal of its own: many connections that listen to the one of the run would look like a leak.
      const signal = AbortSignal.any([runSignal]);
      shared ??= Promise.all([loadHostKeys(settings), identities ?? loadIdentities(settings)]);
      const [hostKeys, keys] = await shared;
      const {
        connectTimeoutMs,
        keepAliveMs,
        handshakeTimeoutMs,
        execTimeoutMs = LIMITS.execTimeoutMs,
        unreadBytesMax = LIMITS.unreadBytesMin,
      } = settings;
      const socket = await openSocket(node, { connectTimeoutMs, keepAliveMs, signal });
      const client = await handshake({
        node,
        socket,
        hostKeys,
        identities: keys,
        handshakeTimeoutMs,
        signal,
      });
      const connection = new Ssh2Connection({ node, client, socket, execTimeoutMs, unreadBytesMax });
      await hostKeys.written();
      if (!signal.aborted) return connection;
      await connection.close();
      throw abortError(node, signal);
    },
  };
}
