/** SSH by the system's own `ssh`: for what only OpenSSH can, as Kerberos, PKCS#11 and post-quantum key exchange. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { type HostConfig, plainHostConfig } from '../config/host-config.ts';
import { cut } from '../ssh2/handshake.ts';
import { sentEnvironment } from '../ssh2/sent-environment.ts';
import { abortError } from '../ssh2/socket.ts';
import type { Connection, Transport } from '../transport.ts';
import { masterArguments, type OpensshSettings } from './arguments.ts';
import { OpensshConnection } from './connection.ts';
import { connectFailure, missingSsh } from './failure.ts';
import { Guard } from './guard.ts';
import { complaint, SshLog } from './log.ts';

export interface OpensshTransportSettings extends OpensshSettings {
  configOf?(node: Node): HostConfig;
  /** Of which SendEnv takes what it names. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export function createOpensshTransport(settings: OpensshTransportSettings): Transport {
  let guard: Guard | undefined;
  const release = () => {
    if (guard?.isIdle !== true) return;
    guard.close();
    guard = undefined;
  };
  return {
    connect(node, signal) {
      if (signal.aborted) return Promise.reject(abortError(node, signal));
      guard ??= new Guard();
      return connect({ node, settings, guard, release }, signal);
    },
  };
}

interface Login {
  readonly node: Node;
  readonly settings: OpensshTransportSettings;
  readonly guard: Guard;
  /** The last connection may be gone. */
  release(): void;
}

async function connect({ node, settings, guard, release }: Login, signal: AbortSignal): Promise<Connection> {
  const config = settings.configOf?.(node) ?? plainHostConfig(sshName(node));
  const socket = guard.path();
  const log = new SshLog(guard.path());
  const { connectTimeoutMs = config.connectTimeoutMs ?? LIMITS.connectTimeoutMs, hostKeys } = settings;
  const checking = hostKeys.checking ?? config.strictHostKeyChecking ?? 'accept-new';
  const aliveIntervalMs = config.serverAliveIntervalMs || settings.keepAliveMs;
  const control = { socket, log: log.path };
  const words = masterArguments(node, settings, { control, checking, connectTimeoutMs, aliveIntervalMs });
  // A process group of its own: Ctrl-C is ours.
  const child = spawn('ssh', words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  if (child.pid !== undefined) guard.started(child.pid);
  let said = '';
  let isOver = false;
  let isMissing = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LIMITS.sshLogCharsMax);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      isMissing = error.code === 'ENOENT';
      isOver = true;
      release();
      resolve(`ssh cannot be started: ${error.message}`);
    });
    child.once('close', (code, exitSignal) => {
      if (child.pid === undefined) return;
      log.close();
      said = log.text() + said;
      isOver = true;
      guard.ended(child.pid);
      release();
      const last = complaint(said);
      resolve(last === '' ? `ssh ended with ${exitSignal ?? `exit ${code}`}` : cut(last));
    });
  });
  const deadline = performance.now() + connectTimeoutMs + settings.handshakeTimeoutMs;
  while (!isOver && !signal.aborted && performance.now() < deadline && !existsSync(socket)) {
    await sleep(LIMITS.sshPollMs);
  }
  const isConnected = !isOver && !signal.aborted && existsSync(socket);
  if (isConnected) {
    const { execTimeoutMs = LIMITS.execTimeoutMs, environment = {} } = settings;
    const sent = sentEnvironment(config, environment) ?? {};
    return new OpensshConnection({ node, child, socket, guard, execTimeoutMs, sent, ended });
  }
  const isLate = !isOver && !signal.aborted;
  child.kill('SIGKILL');
  const how = await ended;
  if (signal.aborted) throw abortError(node, signal);
  if (isMissing) throw missingSsh(node);
  if (isLate) throw new LockstepError('unreachable', 'ssh did not connect and log in in time', { node });
  throw connectFailure(node, said, how);
}
