/**
 * Joins both transports: OpenSSH for the nodes that need it, ssh2 for the others, and OpenSSH once more if ssh2 lacks
 * something. OpenSSH costs a process a connection, so the first node that needs it opens it.
 */
import { LockstepError, toLockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import { BeyondError } from './beyond.ts';
import { MissingSshError } from './openssh/missing.ts';
import type { Connection, Transport } from './transport.ts';

export interface AutoParts {
  readonly ssh2: Transport;
  openssh(): Promise<Transport>;
  /** Returns whether the configuration of a node needs OpenSSH. */
  needsOpenssh(node: Node): boolean;
  /** The way to log in is a password; OpenSSH takes none from lockstep, so it cannot help. */
  readonly isByPassword: boolean;
  /** Called when OpenSSH takes a turn because ssh2 lacks this. */
  onLack(node: Node, lack: string): void;
}

export function createAutoTransport(parts: AutoParts): Transport {
  /** The nodes that OpenSSH reached after ssh2 could not; their second connections go the same way. */
  const found = new Set<Node>();
  return {
    async connect(node, signal): Promise<Connection> {
      if (parts.needsOpenssh(node) || found.has(node)) return (await parts.openssh()).connect(node, signal);
      try {
        return await parts.ssh2.connect(node, signal);
      } catch (first) {
        if (!(first instanceof BeyondError) || parts.isByPassword || signal.aborted) throw first;
        parts.onLack(node, first.lack);
        const byOpenssh = async () => (await parts.openssh()).connect(node, signal);
        const connection = await byOpenssh().catch((second) => {
          throw signal.aborted ? second : bothFailed(node, first, toLockstepError(second));
        });
        found.add(node);
        return connection;
      }
    },
  };
}

/** The first error counts. */
function bothFailed(node: Node, first: LockstepError, second: LockstepError): LockstepError {
  const { code, message, causes, hint } = first;
  if (second instanceof MissingSshError)
    return new LockstepError(code, message, {
      node,
      causes,
      hint: `${second.message}, which might reach it`,
    });
  const text = `${message}; and ${second.message}`;
  return new LockstepError(code, text, { node, causes: [...causes, ...second.causes], hint });
}
