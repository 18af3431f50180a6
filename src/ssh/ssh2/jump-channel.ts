/** The way on from a jump host: a channel that its server connects to the next host. */
import type { Client, ClientChannel } from 'ssh2';
import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { abortError } from '../abort-error.ts';
import { cut } from '../cut.ts';
import { PipedWire } from './piped-wire.ts';

/** A connection that is logged in. */
export interface Bastion {
  readonly node: Node;
  readonly client: Client;
  /** Resolves with why it ended. */
  readonly closed: Promise<string>;
  lossReason(): string | undefined;
  close(): Promise<void>;
}

export interface JumpTarget {
  /** The next host as the jump host knows it. */
  readonly hostName: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rejects with `unreachable`, or with the signal's reason. */
export function openJumpChannel(bastion: Bastion, target: JumpTarget): Promise<PipedWire> {
  const { hostName, port, connectTimeoutMs, signal } = target;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const finish = (work: () => void) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      work();
    };
    const refuse = (text: string) =>
      finish(() => reject(new LockstepError('unreachable', `jump host ${bastion.node.id}: ${text}`)));
    const onAbort = () => finish(() => reject(abortError(bastion.node, signal)));
    const timer = setTimeout(
      () => refuse(`it has not connected within ${connectTimeoutMs / 1000} s`),
      connectTimeoutMs,
    );
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const onChannel = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return refuse(bastion.lossReason() ?? refusalText(error));
      // The caller no longer waits for it.
      if (isOver) return channel.close();
      finish(() => resolve(wireOf(channel, bastion)));
    };
    try {
      // The client of OpenSSH names this origin, too.
      bastion.client.forwardOut('127.0.0.1', 65_535, hostName, port, onChannel);
    } catch {
      refuse(bastion.lossReason() ?? 'its connection broke');
    }
  });
}

function wireOf(channel: ClientChannel, bastion: Bastion): PipedWire {
  const lossReason = () => {
    const reason = bastion.lossReason();
    return reason === undefined
      ? undefined
      : `jump host ${bastion.node.id} is lost: ${reason.replace(/^the node /, 'it ')}`;
  };
  const hangUp = async () => channel.close();
  const wire = new PipedWire({ from: channel, to: channel, lossReason, known: async () => {}, hangUp });
  channel.on('close', () => wire.lose());
  void bastion.closed.then(() => wire.lose());
  return wire;
}

/** RFC 4254, 5.1; then the server's own words, which ssh2 prefixes. */
function refusalText(error: Error & { reason?: unknown }): string {
  if (error.reason === 1) return 'it may not connect to other hosts (AllowTcpForwarding, PermitOpen)';
  const said = cut(error.message.replace(/^\(SSH\) Channel open failure: /, ''));
  return `it cannot connect: ${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}
