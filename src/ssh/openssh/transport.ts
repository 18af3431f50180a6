/** SSH by the `ssh` of this machine, where only OpenSSH will do: Kerberos, PKCS#11, post-quantum key exchange. */
import { Turnstile } from '../../core/at-once.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { abortError } from '../abort-error.ts';
import { type HostConfig, plainHostConfig } from '../config/host-config.ts';
import { connectTimeoutMsOf } from '../connect-timeout.ts';
import { unlessDropped } from '../dropped.ts';
import { sentEnvironment } from '../sent-environment.ts';
import type { Connection, Transport } from '../transport.ts';
import { type MasterSettings, masterArguments } from './arguments.ts';
import { configText } from './config-file.ts';
import { OpensshConnection } from './connection.ts';
import { connectFailure } from './failure.ts';
import { Guard } from './guard.ts';
import { Master } from './master.ts';
import { MissingSshError } from './missing.ts';
import { polled } from './polled.ts';

export interface OpensshTransportSettings extends MasterSettings {
  /** The files of ssh_config, in their order. */
  readonly configFiles: readonly string[];
  configOf?(node: Node): HostConfig;
  /** The jump hosts of all nodes. */
  readonly hops?: readonly Node[];
  /** For connecting and logging in. */
  readonly handshakeTimeoutMs: number;
  readonly execTimeoutMs?: number;
  /** The most connections: each is a process, and each command one more. */
  readonly connectionsMax?: number;
  /** The environment from which SendEnv takes variables. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** From 0 up to 1; the pause after a dropped connection depends on it. */
  random?(): number;
}

export function createOpensshTransport(settings: OpensshTransportSettings): Transport {
  const { connectionsMax = Number.POSITIVE_INFINITY, clock = systemClock, random = () => 1 } = settings;
  const turnstile = new Turnstile(LIMITS.sshConnectsAtOnce);
  let open: Open | undefined;
  const release = () => {
    if (open?.guard.isIdle !== true) return;
    open.guard.close();
    open = undefined;
  };
  const attempt = (login: Omit<Login, keyof Open>) => {
    open ??= openGuard(settings);
    if (open.guard.masters >= connectionsMax) throw tooMany(login.node, connectionsMax);
    return connect({ ...login, ...open });
  };
  return {
    connect(node, signal) {
      const config = configOf(settings, node);
      const limitMs = Math.min(connectTimeoutMsOf(settings, config), LIMITS.dropPatienceMs);
      return turnstile.pass(() =>
        unlessDropped(async () => attempt({ node, config, settings, release, signal, clock }), {
          ...{ clock, random, signal, limitMs },
        }),
      );
    },
  };
}

interface Open {
  readonly guard: Guard;
  readonly configFile: string;
}

function openGuard(settings: OpensshTransportSettings): Open {
  const guard = new Guard();
  const { configFiles: files, hops = [] } = settings;
  const text = configText({ ...settings, files, hops, configOf: (hop) => configOf(settings, hop) });
  return { guard, configFile: guard.write(text) };
}

interface Login extends Open {
  readonly node: Node;
  readonly config: HostConfig;
  readonly settings: OpensshTransportSettings;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called when the last connection may be gone. */
  release(): void;
}

async function connect({
  node,
  config,
  settings,
  guard,
  configFile,
  signal,
  clock,
  release,
}: Login): Promise<Connection> {
  if (signal.aborted) throw abortError(node, signal);
  const control = { socket: guard.path(), log: guard.path() };
  const words = masterArguments(node, settings, { control, config, configFile });
  const master = new Master(words, { control, guard, onEnd: release });
  const timeoutMs = connectTimeoutMsOf(settings, config) + settings.handshakeTimeoutMs;
  await polled(() => master.isOver || master.isConnected || signal.aborted, { clock, timeoutMs });
  if (master.isConnected && !signal.aborted) {
    const { execTimeoutMs = LIMITS.execTimeoutMs, environment = {} } = settings;
    // The master does SetEnv itself: in the environment of ssh here its PATH would replace that of this process.
    const sent = sentEnvironment({ sendEnv: config.sendEnv, setEnv: [] }, environment) ?? {};
    return new OpensshConnection({ node, master, socket: control.socket, guard, execTimeoutMs, sent, clock });
  }
  const isLate = !master.isOver && !signal.aborted;
  const how = await master.end('SIGHUP');
  if (signal.aborted) throw abortError(node, signal);
  if (master.isMissing) throw new MissingSshError(node);
  if (isLate)
    throw new LockstepError('unreachable', `ssh did not connect and log in within ${timeoutMs / 1000} s`, {
      node,
    });
  throw connectFailure(node, master.said, { ended: how, isByCommand: config.proxyCommand !== undefined });
}

function configOf({ configOf: find }: OpensshTransportSettings, node: Node): HostConfig {
  return find?.(node) ?? plainHostConfig(sshName(node));
}

function tooMany(node: Node, connectionsMax: number): LockstepError {
  const text = `the memory and processes of this machine allow only ${connectionsMax} connections by its ssh`;
  return new LockstepError('unreachable', text, { node, hint: 'name fewer nodes at a time' });
}
