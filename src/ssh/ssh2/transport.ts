/**
 * SSH by the library ssh2, whose traps end in this directory. It reads once what 1,000 connections share:
 * known_hosts, and the keys.
 */

import type { Client } from 'ssh2';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { abortError } from '../abort-error.ts';
import { type HostConfig, plainHostConfig } from '../config/host-config.ts';
import { connectTimeoutMsOf } from '../connect-timeout.ts';
import { unlessDropped } from '../dropped.ts';
import { loadHostKeys } from '../host-keys/of-nodes.ts';
import type { HostKeySettings, HostKeys } from '../host-keys/policy.ts';
import { Names } from '../names.ts';
import { sentEnvironment } from '../sent-environment.ts';
import type { Connection, Transport } from '../transport.ts';
import { watchServer } from './alive.ts';
import { Bastions, type Seat } from './bastions.ts';
import { Ssh2Connection } from './connection.ts';
import { handshake } from './handshake.ts';
import type { Bastion } from './jump-channel.ts';
import type { Identities, IdentitySettings } from './keys/identity-settings.ts';
import { Keyrings } from './keys/keyrings.ts';
import type { Wire } from './piped-wire.ts';
import { openProxyCommand } from './proxy-command.ts';
import { openSocket } from './socket.ts';

export interface Ssh2Settings extends HostKeySettings, IdentitySettings {
  /** For the TCP connect with its name resolution; undefined: what ssh_config says. */
  readonly connectTimeoutMs: number | undefined;
  /** For handshake and authentication together. */
  readonly handshakeTimeoutMs: number;
  /** Idle time before TCP probes the connection. */
  readonly keepAliveMs: number;
  /** For opening a channel until its command is accepted. */
  readonly execTimeoutMs?: number;
  /** Bytes that may be under way to one node before it has read them. */
  readonly unreadBytesMax?: number;
  /** The jump hosts before a node, in the order of the way; `configOf` knows them, too. */
  hopsOf?(node: Node): readonly Node[];
  /** The environment from which SendEnv takes variables. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Called before the pause, when a connection that dropped before the login is tried again. */
  onRetry?(node: Node, drop: LockstepError, pauseMs: number): void;
  /** From 0 up to 1; the pause after a dropped connection depends on it. */
  random?(): number;
}

/** Files read beforehand, so that a bad key or list of hosts is an error before any connection; else the first one reads them. */
export interface Loaded {
  readonly identities?: Identities;
  readonly hostKeys?: HostKeys;
  readonly keyrings?: Keyrings;
}

export interface Ssh2Transport extends Transport {
  /** The user has accepted unknown host keys: forgets which jump hosts were refused for theirs. */
  keysAccepted(): void;
}

export function createSsh2Transport(settings: Ssh2Settings, loaded: Loaded = {}): Ssh2Transport {
  const ways = new Ways(settings, loaded);
  return {
    async connect(node, signal): Promise<Connection> {
      return (await ways.logIn(node, { hops: settings.hopsOf?.(node) ?? [], isHop: false }, signal))
        .connection;
    },
    keysAccepted: () => ways.keysAccepted(),
  };
}

interface Reached {
  readonly connection: Ssh2Connection;
  readonly client: Client;
}

class Ways {
  readonly #settings: Ssh2Settings;
  readonly #keyrings: Keyrings;
  readonly #bastions: Bastions;
  readonly #names = new Names();
  #hostKeys: Promise<HostKeys> | undefined;

  constructor(settings: Ssh2Settings, { keyrings, identities, hostKeys }: Loaded) {
    this.#settings = settings;
    this.#keyrings = keyrings ?? new Keyrings(settings, identities);
    this.#hostKeys = hostKeys && Promise.resolve(hostKeys);
    this.#bastions = new Bastions((hops, signal) => this.#logInToHop(hops, signal));
  }

  keysAccepted(): void {
    this.#bastions.keysAccepted();
  }

  /** `hops`: the jump hosts before it. */
  async logIn(
    node: Node,
    { hops, isHop }: { readonly hops: readonly Node[]; readonly isHop: boolean },
    runSignal: AbortSignal,
  ): Promise<Reached> {
    const [settings, names] = [this.#settings, this.#names];
    // A signal of its own: many connections that listen to the run's would look like a leak.
    const signal = AbortSignal.any([runSignal]);
    const config = settings.configOf?.(node) ?? plainHostConfig(sshName(node));
    this.#hostKeys ??= loadHostKeys(settings);
    const hostKeys = await this.#hostKeys;
    await hostKeys.load(node);
    const gate = await (isHop ? this.#keyrings.ofHop(config) : this.#keyrings.of(config));
    const seat = hops.length === 0 ? undefined : await this.#bastions.seat(hops, runSignal);
    const reached = await gate
      .login((identities) => logIn({ node, config, seat, signal, hostKeys, identities, settings, names }))
      .catch(async (error) => {
        await seat?.leave();
        throw error;
      });
    await hostKeys.written();
    if (!signal.aborted) return reached;
    await reached.connection.close();
    throw abortError(node, signal);
  }

  async #logInToHop(hops: readonly Node[], signal: AbortSignal): Promise<Bastion> {
    const node = hops.at(-1) as Node;
    const { connection, client } = await this.logIn(node, { hops: hops.slice(0, -1), isHop: true }, signal);
    const { closed } = connection;
    return {
      node,
      client,
      closed,
      lossReason: () => connection.lossReason(),
      close: () => connection.close(),
    };
  }
}

interface Login {
  readonly node: Node;
  readonly config: HostConfig;
  /** Opens the way on from the jump host before it. */
  readonly seat: Seat | undefined;
  readonly signal: AbortSignal;
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  readonly settings: Ssh2Settings;
  readonly names: Names;
}

async function logIn(login: Login): Promise<Reached> {
  const { node, config, seat, signal, settings } = login;
  const {
    clock = systemClock,
    random = () => 1,
    execTimeoutMs = LIMITS.execTimeoutMs,
    unreadBytesMax = LIMITS.unreadBytesMin,
  } = settings;
  const limitMs = Math.min(connectTimeoutMsOf(settings, config), LIMITS.dropPatienceMs);
  const onRetry = (drop: LockstepError, pauseMs: number) => settings.onRetry?.(node, drop, pauseMs);
  const patience = { clock, random, signal, limitMs, onRetry };
  const { socket, client } = await unlessDropped(() => shakeHands(login), patience);
  const environment = sentEnvironment(config, settings.environment ?? {});
  const leave = seat && (() => seat.leave());
  const connection = new Ssh2Connection({
    node,
    client,
    socket,
    execTimeoutMs,
    unreadBytesMax,
    environment,
    leave,
  });
  watchServer({ client, socket, onSilent: (reason) => connection.giveUp(reason) }, config);
  return { connection, client };
}

async function shakeHands(login: Login): Promise<{ readonly socket: Wire; readonly client: Client }> {
  const { node, config, signal, hostKeys, identities, settings } = login;
  const { handshakeTimeoutMs } = settings;
  const socket = await openWire(login);
  const client = await handshake({ node, config, socket, hostKeys, identities, handshakeTimeoutMs, signal });
  return { socket, client };
}

/** Never connects directly to a host behind a jump host, since its name may mean another machine here. */
function openWire(login: Login): Promise<Wire> | Wire {
  const { node, config, seat, signal, settings, names } = login;
  const connectTimeoutMs = connectTimeoutMsOf(settings, config);
  const { keepAliveMs, environment } = settings;
  const { hostName } = config;
  if (seat !== undefined) return seat.open({ hostName, port: node.port, connectTimeoutMs, signal });
  if (config.proxyCommand !== undefined) return openProxyCommand(config, environment?.SHELL);
  return openSocket(node, { config, connectTimeoutMs, keepAliveMs, names, signal });
}
