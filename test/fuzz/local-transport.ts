/** A Transport whose nodes are processes of this machine: each command runs in the spaces of its node, behind pipes. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { LockstepError } from '../../src/core/errors.ts';
import type { Node } from '../../src/core/node.ts';
import type { ChannelResult } from '../../src/core/outcome.ts';
import type { Channel, ChannelSinks, Connection, Transport } from '../../src/ssh/transport.ts';
import type { Login } from './generate-destination.ts';
import { type Account, environmentOf } from './local-node.ts';

/** Where a node is, and what its login scripts set. */
export interface Place {
  readonly entering: (account: Account) => readonly string[];
  readonly login: Login;
}

export function createLocalTransport(placeOf: (node: Node) => Place): Transport {
  return { connect: async (node) => openConnection(node, placeOf(node)) };
}

function openConnection(node: Node, { entering, login }: Place): Connection {
  const channels = new Set<Channel>();
  let tellClosed = (_reason: string) => {};
  const closed = new Promise<string>((resolve) => {
    tellClosed = resolve;
  });
  return {
    node,
    closed,
    async exec(command, sinks) {
      const account = node.user as Account;
      // A session of its own, as sshd makes one; its login shell reads no files here.
      const umask = `umask ${login.umask.toString(8)}; ${command}`;
      const line = [...entering(account), 'setsid', 'sh', '-c', umask];
      const env = { ...environmentOf(account), ...login.environment };
      const child = spawn('/usr/bin/nsenter', line, { env, stdio: 'pipe' });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => reject(new LockstepError('channel', error.message, { node })));
      });
      const channel = openChannel(child, sinks);
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

function openChannel(child: ChildProcessWithoutNullStreams, sinks: ChannelSinks): Channel {
  let isClosed = false;
  let drained: (() => void)[] = [];
  const drain = () => {
    for (const resolve of drained.splice(0)) resolve();
  };
  child.stdin.on('error', drain).on('drain', drain).on('close', drain);
  const pumps = Promise.all([
    pump(child.stdout, (chunk) => sinks.onStdout(chunk)),
    pump(child.stderr, (chunk) => sinks.onStderr(chunk)),
  ]);
  let tellEnded = (_result: ChannelResult) => {};
  const ended = new Promise<ChannelResult>((resolve) => {
    tellEnded = resolve;
    child.once('exit', (code, signal) => {
      resolve(
        signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal: signal.slice(3) },
      );
    });
  });
  const result = pumps.then(() => ended);
  void result.then(() => {
    isClosed = true;
    drain();
  });
  return {
    async write(chunk) {
      if (isClosed || child.stdin.destroyed || child.stdin.write(chunk)) return;
      await new Promise<void>((resolve) => {
        drained = [...drained, resolve];
      });
    },
    end: () => void child.stdin.end(),
    close() {
      isClosed = true;
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      tellEnded({ kind: 'lost', reason: 'the channel was closed' });
      drain();
    },
    result,
  };
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
