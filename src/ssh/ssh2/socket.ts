/** TCP: opens a socket to a node within its time, and says in plain words why that failed. */
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { abortError } from '../abort-error.ts';
import type { HostConfig } from '../config/host-config.ts';
import { DroppedError } from '../dropped.ts';
import type { Names } from '../names.ts';

export interface SocketOptions {
  readonly config: HostConfig;
  /** Name resolution included. */
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly names: Names;
  readonly signal: AbortSignal;
}

/** Resolves to a connected socket, with an `error` listener at all times. Rejects with `unreachable`, or the signal's reason. */
export async function openSocket(node: Node, options: SocketOptions): Promise<Socket> {
  const { config, signal } = options;
  const from = config.bindAddress === undefined ? undefined : await ownAddress(node, config);
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectOnce(node, options, from);
    } catch (error) {
      if (attempt >= config.connectionAttempts || signal.aborted) throw error;
      await unlessAborted(signal, sleep(LIMITS.connectPauseMs));
    }
  }
}

/** BindAddress may be a name. */
async function ownAddress(node: Node, { bindAddress = '', addressFamily }: HostConfig): Promise<string> {
  try {
    return (await lookup(bindAddress, { family: FAMILIES[addressFamily] })).address;
  } catch (error) {
    const text = `cannot connect from ${quoteInput(bindAddress)} (BindAddress)`;
    throw new LockstepError('unreachable', text, { node, causes: [error] });
  }
}

const FAMILIES = { any: 0, inet: 4, inet6: 6 } as const;

function connectOnce(node: Node, options: SocketOptions, from: string | undefined): Promise<Socket> {
  const { signal, connectTimeoutMs, config } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(node, signal));
    const socket = connect({
      host: config.hostName,
      port: node.port,
      family: FAMILIES[config.addressFamily],
      lookup: options.names.lookup,
      ...(from === undefined ? {} : { localAddress: from }),
      // With Nagle's algorithm a packet behind an unanswered one would wait for that answer.
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: options.keepAliveMs,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: LIMITS.addressAttemptMs,
    });
    const fail = (error: LockstepError) => {
      release();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortError(node, signal));
    const onTimeout = () =>
      fail(
        new LockstepError('unreachable', `cannot connect: no answer within ${connectTimeoutMs / 1000} s`, {
          node,
        }),
      );
    const timer = setTimeout(onTimeout, connectTimeoutMs);
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => fail(connectError(node, error)));
    socket.once('connect', () => {
      release();
      resolve(socket);
    });
  });
}

/** Puts a socket error in words; returns its code if there are none. */
export function socketErrorText(error: NodeJS.ErrnoException): string {
  return SOCKET_ERRORS[error.code ?? ''] ?? error.code ?? error.message;
}

function connectError(node: Node, error: NodeJS.ErrnoException): LockstepError {
  const isNameError = error.syscall === 'getaddrinfo';
  const text = `${isNameError ? 'cannot resolve host' : 'cannot connect'}: ${socketErrorText(error)}`;
  const hint =
    error.code === 'EMFILE' || error.code === 'ENFILE' ? { hint: 'raise the limit with ulimit -n' } : {};
  // The message already begins "cannot connect to …", so the reason is enough, if it has words.
  const isKnown = SOCKET_ERRORS[error.code ?? ''] !== undefined;
  const brief = { text: isNameError ? text : socketErrorText(error), causes: isKnown ? [] : [error] };
  const Kind = error.code === 'ECONNRESET' ? DroppedError : LockstepError;
  return new Kind('unreachable', text, { node, causes: [error], brief, ...hint });
}

const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the node',
  EHOSTUNREACH: 'no route to host',
  EHOSTDOWN: 'host is down',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'no answer from the network address',
  EPIPE: 'connection closed by the node',
  ENOTFOUND: 'name is unknown',
  EAI_AGAIN: 'no name server answers',
  EADDRNOTAVAIL: 'no local address or port is free',
  EACCES: 'permission denied by the local system',
  EPERM: 'not permitted by the local firewall',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
};
