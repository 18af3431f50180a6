/** TCP: opening a socket to a node within its time, and saying in plain words why that failed. */
import { connect, type Socket } from 'node:net';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Node, sshName } from '../../core/node.ts';

export interface SocketOptions {
  /** Name resolution included. */
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly signal: AbortSignal;
}

/** A connected socket, which never lacks an `error` listener. Rejects with `unreachable`, or what the signal says. */
export function openSocket(node: Node, options: SocketOptions): Promise<Socket> {
  const { signal, connectTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(node, signal));
    const socket = connect({
      host: sshName(node),
      port: node.port,
      // ssh2 writes a packet in several small pieces: with Nagle's algorithm each would wait for an answer.
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

/** The error of a step that was called off. */
export function abortError(node: Node, signal: AbortSignal): LockstepError {
  const reason: unknown = signal.reason;
  return reason instanceof LockstepError
    ? reason
    : new LockstepError('interrupted', 'connecting was called off', { node });
}

/** What a socket's error means, in words; the code where there are none. */
export function socketErrorText(error: NodeJS.ErrnoException): string {
  return SOCKET_ERRORS[error.code ?? ''] ?? error.code ?? error.message;
}

function connectError(node: Node, error: NodeJS.ErrnoException): LockstepError {
  const isNameError = error.syscall === 'getaddrinfo';
  const text = `${isNameError ? 'cannot resolve host' : 'cannot connect'}: ${socketErrorText(error)}`;
  const hint =
    error.code === 'EMFILE' || error.code === 'ENFILE' ? { hint: 'raise the limit with ulimit -n' } : {};
  // Under a line that says "cannot connect to …" the reason is enough, where it has words.
  const isKnown = SOCKET_ERRORS[error.code ?? ''] !== undefined;
  const brief = { text: isNameError ? text : socketErrorText(error), causes: isKnown ? [] : [error] };
  return new LockstepError('unreachable', text, { node, causes: [error], brief, ...hint });
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
