/** A Transport whose nodes are processes of this machine: each command runs in the spaces of its node, behind pipes. */

import { constants } from 'node:os';
import { LockstepError } from '../../src/core/errors.ts';
import type { Node } from '../../src/core/node.ts';
import type { ChannelResult } from '../../src/core/outcome.ts';
import { quoteAll } from '../../src/node/quote.ts';
import type { Channel, ChannelSinks, Connection, Transport } from '../../src/ssh/transport.ts';
import type { Started } from './door.ts';
import type { Login } from './generate-destination.ts';
import type { Account, LocalNode } from './local-node.ts';

/** A node, and what its login scripts set. */
export interface Place {
  readonly node: LocalNode;
  readonly login: Login;
}

export function createLocalTransport(placeOf: (node: Node) => Place): Transport {
  return { connect: async (node) => openConnection(node, placeOf(node)) };
}

function openConnection(node: Node, place: Place): Connection {
  const channels = new Set<Channel>();
  let tellClosed = (_reason: string) => {};
  const closed = new Promise<string>((resolve) => {
    tellClosed = resolve;
  });
  return {
    node,
    closed,
    async exec(command, sinks) {
      const channel = openChannel(await startOn(place, node.user as Account, command), sinks);
      channels.add(channel);
      void channel.result.then(() => channels.delete(channel));
      return channel;
    },
    async close() {
      for (const channel of channels) channel.close();
      tellClosed('closed');
    },
  };
}

/** In a session of its own, as sshd makes one; its login shell reads no files here. */
function startOn({ node, login }: Place, account: Account, command: string): Promise<Started> {
  const settings = Object.entries(login.environment).map(([name, value]) => `${name}=${quoteAll([value])}`);
  const text = [...settings, 'exec', quoteAll(['setsid', 'sh', '-c', command])].join(' ');
  if (text.includes('\n')) throw new LockstepError('bug', 'a command of more than one line');
  return node.start(account, { text, umask: login.umask });
}

function openChannel({ stdin, stdout, stderr, ended }: Started, sinks: ChannelSinks): Channel {
  let isClosed = false;
  let drained: (() => void)[] = [];
  const drain = () => {
    for (const resolve of drained.splice(0)) resolve();
  };
  stdin.on('error', drain).on('drain', drain).on('close', drain);
  const pumps = Promise.all([
    pump(stdout, (chunk) => sinks.onStdout(chunk)),
    pump(stderr, (chunk) => sinks.onStderr(chunk)),
  ]);
  let tellLost = (_result: ChannelResult) => {};
  const lost = new Promise<ChannelResult>((resolve) => {
    tellLost = resolve;
  });
  const result = pumps.then(() => Promise.race([lost, ended.then(resultOf)]));
  void result.then(() => {
    isClosed = true;
    // What nobody has read of it would wait for the next command.
    stdin.destroy();
    drain();
  });
  return {
    async write(chunk) {
      if (isClosed || stdin.destroyed || stdin.write(chunk)) return;
      await new Promise<void>((resolve) => {
        drained = [...drained, resolve];
      });
    },
    // What is no socket cannot be closed on one side.
    end: () => void (stdin.destroyed || stdin.write('', () => stdin.destroy())),
    close() {
      isClosed = true;
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      tellLost({ kind: 'lost', reason: 'the channel was closed' });
      drain();
    },
    result,
  };
}

/** A shell says so of a signal. */
function resultOf(code: number): ChannelResult {
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === code - 128) ?? [];
  return signal === undefined ? { kind: 'code', code } : { kind: 'signal', signal: signal.slice(3) };
}

/** Resolves at the stream's end; a sink that is slow holds it back. */
async function pump(
  stream: NodeJS.ReadableStream,
  sink: (chunk: Buffer) => void | Promise<void>,
): Promise<void> {
  try {
    for await (const chunk of stream) await sink(chunk as Buffer);
  } catch {
    // It was closed by us.
  }
}
