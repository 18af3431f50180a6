/** Sets up SSH over an open socket: key exchange, host key, authentication. All share one deadline, and each failure names its step. */
import type { Client, ClientErrorExtensions, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { type ErrorCode, type ErrorDetails, LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { abortError } from '../abort-error.ts';
import { BeyondError } from '../beyond.ts';
import type { HostConfig } from '../config/host-config.ts';
import { cut } from '../cut.ts';
import { DroppedError } from '../dropped.ts';
import type { HostKeys } from '../host-keys/policy.ts';
import { certificateAlgorithms, offeredAlgorithms } from './algorithms.ts';
import { askAtOnce } from './ask-at-once.ts';
import { type Authentication, startAuthentication } from './authentication.ts';
import { writeInFlights } from './flight.ts';
import { offerHostCertificates } from './host-certificates.ts';
import type { Identities } from './keys/identity-settings.ts';
import type { Wire } from './piped-wire.ts';
import { signAtOnce } from './sign-at-once.ts';
import { socketErrorText } from './socket.ts';

export interface HandshakeRequest {
  readonly node: Node;
  readonly socket: Wire;
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  readonly config: HostConfig;
  readonly handshakeTimeoutMs: number;
  readonly signal: AbortSignal;
}

type Step = 'handshake' | 'authentication';

/** Resolves to an authenticated client. Rejects with the first error, once it has destroyed the socket. */
export function handshake(request: HandshakeRequest): Promise<Client> {
  const { node, socket, signal, handshakeTimeoutMs } = request;
  const client = new ssh2.Client();
  const authentication = startAuthentication(node, request.identities, request.config);
  const gate = hostKeyGate(node, request.hostKeys);
  let step: Step = 'handshake';

  return new Promise((resolve, reject) => {
    let isOver = false;
    const release = () => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (code: ErrorCode, text: string) => failWith(new LockstepError(code, text, { node }));
    const failWith = (error: LockstepError) => {
      if (isOver) return;
      release();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => failWith(abortError(node, signal));
    const onTimeout = () => fail('unreachable', `no answer within ${handshakeTimeoutMs / 1000} s (${step})`);
    const timer = setTimeout(onTimeout, handshakeTimeoutMs);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });

    // ssh2 may report several errors for one failure, some later: this listener stays, and the first one counts.
    client.on('error', (error) => {
      const failure = gate.refusal() ?? describeFailure(request, step, error, authentication);
      if (failure !== undefined) failWith(failure);
    });
    client.on('close', () => {
      const text = `the node closed the connection (${step})`;
      failWith(authentication.cutOff(text) ?? failed(node, step === 'handshake', text));
    });
    client.once('handshake', () => {
      step = 'authentication';
      const refusal = gate.pass();
      if (refusal !== undefined) failWith(refusal);
    });
    client.once('ready', () => {
      release();
      resolve(client);
    });
    writeInFlights(socket);
    try {
      client.connect(clientSettings(request, gate, authentication));
    } catch (error) {
      // The settings name no algorithm that ssh2 knows.
      return failWith(ofNode(node, error));
    }
    signAtOnce(client);
    askAtOnce(client);
    if (request.hostKeys.hasAuthority(node))
      offerHostCertificates(client, certificateAlgorithms(request.config));
  });
}

function clientSettings(
  request: HandshakeRequest,
  gate: HostKeyGate,
  authentication: Authentication,
): ConnectConfig {
  const { node, socket, hostKeys, config } = request;
  return {
    sock: socket,
    username: node.user,
    algorithms: offeredAlgorithms(hostKeys.knownTypes(node), config),
    hostVerifier: gate.verify,
    authHandler: authentication.handler,
    agentForward: false,
    // Lockstep has one deadline of its own, and the keeper's heartbeat shows more than a keep-alive of SSH.
    readyTimeout: 0,
    keepaliveInterval: 0,
  };
}

function ofNode(node: Node, thrown: unknown): LockstepError {
  const { code, message, hint } = toLockstepError(thrown);
  return new LockstepError(code, message, { node, ...(hint === undefined ? {} : { hint }) });
}

interface HostKeyGate {
  /** ssh2 asks in every key exchange, before the server has proven that it owns the key. */
  verify(key: Buffer): boolean;
  /** The server has proven its key: remember it, or say why not to go on. */
  pass(): LockstepError | undefined;
  /** Why the last key was refused. */
  refusal(): LockstepError | undefined;
}

function hostKeyGate(node: Node, hostKeys: HostKeys): HostKeyGate {
  let shown: Buffer | undefined;
  let refusal: LockstepError | undefined;
  return {
    verify: (key) => {
      shown = key;
      refusal = hostKeys.refusal(node, key);
      return refusal === undefined;
    },
    pass: () => {
      // No library must ever skip the question; meanwhile the host may have become known, by another key.
      if (shown === undefined)
        return new LockstepError('host-key-unknown', 'the host key was not checked', { node });
      refusal = hostKeys.refusal(node, shown);
      if (refusal === undefined) hostKeys.remember(node, shown);
      return refusal;
    },
    refusal: () => refusal,
  };
}

/** Returns undefined for an error that does not end the attempt: a key or an agent failed, while others remain. */
function describeFailure(
  { node, socket }: HandshakeRequest,
  step: Step,
  error: Error & ClientErrorExtensions & { code?: unknown },
  authentication: Authentication,
): LockstepError | undefined {
  const causes = [error];
  const isEarly = step === 'handshake';
  switch (error.level) {
    case 'agent':
    case 'client-authentication':
      return authentication.isExhausted() ? authentication.failure() : undefined;
    case 'client-socket': {
      const text = `${socketErrorText(error as NodeJS.ErrnoException)} (${step})`;
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      return authentication.cutOff(text) ?? failed(node, isEarly && isReset, text, { causes });
    }
    case 'handshake':
      if (error.message.includes(': no matching '))
        return new BeyondError('unreachable', `${cut(error.message)} (${step})`, {
          node,
          causes,
          lack: 'no algorithm in common',
          hint: 'name in ssh_config what the server has; ssh -v shows it',
        });
      return new LockstepError('unreachable', `${cut(error.message)} (${step})`, {
        node,
        causes,
        hint: 'the server is too old, too new or not an SSH server; see what ssh -v says about it',
      });
    default:
      // A number is the reason code of a disconnect message: the message has the server's own words.
      if (step === 'authentication' && typeof error.code === 'number') {
        return authentication.failure(`the server said: ${cut(error.message)}`);
      }
      return (
        authentication.cutOff(`${cut(error.message)} (${step})`) ??
        failed(
          node,
          isEarly && (socket.readableEnded || socket.destroyed),
          `${cut(error.message)} (${step})`,
          { causes, hint: EARLY_END_HINT },
        )
      );
  }
}

/** `isDropped`: before the login, so that another attempt does no harm. */
function failed(node: Node, isDropped: boolean, text: string, details: ErrorDetails = {}): LockstepError {
  const Kind = isDropped ? DroppedError : LockstepError;
  return new Kind('unreachable', text, { node, ...details });
}

const EARLY_END_HINT =
  'check that sshd listens there; a busy one drops connections beyond its MaxStartups: use a lower -d';
