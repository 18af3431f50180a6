/** SSH over the connections of a session: the same interface, and no handshake. */

import { setMaxListeners } from 'node:events';
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import { unlessAborted } from '../core/waiting.ts';
import type { Channel, ChannelSinks, Connection, Transport } from '../ssh/transport.ts';
import { SessionChannel } from './channel.ts';
import type { SessionLink } from './join.ts';

export function createSessionTransport(link: SessionLink): Transport {
  const numbers = new Map(link.welcome.nodes.map(({ id }, number) => [id, number]));
  return {
    async connect(node, signal) {
      const number = numbers.get(node.id);
      if (signal.aborted) throw new LockstepError('interrupted', 'the connecting was ended', { node });
      if (number === undefined) throw new LockstepError('bug', 'is not in the session', { node });
      // Each of a thousand nodes may listen to this signal.
      setMaxListeners(0, signal);
      return new SessionConnection(link, { node, number, signal });
    },
  };
}

interface SessionNode {
  readonly node: Node;
  readonly number: number;
  readonly signal: AbortSignal;
}

/** Closing it ends this call's channels; the holder's connection goes on. */
class SessionConnection implements Connection {
  readonly node: Node;
  readonly closed: Promise<string>;
  readonly #link: SessionLink;
  readonly #number: number;
  readonly #signal: AbortSignal;
  readonly #channels = new Set<SessionChannel>();
  #end: (reason: string) => void = () => {};
  readonly #letGo: () => void;
  #endReason: string | undefined;

  constructor(link: SessionLink, { node, number, signal }: SessionNode) {
    this.#link = link;
    this.node = node;
    this.#number = number;
    this.#signal = signal;
    this.closed = new Promise((resolve) => {
      this.#end = (reason) => {
        this.#endReason ??= reason;
        resolve(reason);
      };
    });
    this.#letGo = link.onNodeLost(number, this.#end);
  }

  async exec(command: string, sinks: ChannelSinks): Promise<Channel> {
    if (this.#endReason !== undefined) {
      const text = `cannot start a command: ${this.#endReason}`;
      throw new LockstepError('connection-lost', text, { node: this.node });
    }
    const request = { node: this.#number, sudo: false, command };
    const channel = new SessionChannel(this.#link, 'exec', { node: this.node, request, sinks });
    this.#channels.add(channel);
    void channel.result.then(() => this.#channels.delete(channel));
    // A channel may have to wait for its turn. One opened after an interrupt belongs to the end of the run.
    const isEnding = this.#signal.aborted;
    await (isEnding ? channel.opened : unlessAborted(this.#signal, channel.opened)).catch((thrown) => {
      channel.close();
      throw thrown;
    });
    return channel;
  }

  async close(): Promise<void> {
    for (const channel of this.#channels) channel.close();
    this.#letGo();
    this.#end('lockstep closed the connection');
  }
}
