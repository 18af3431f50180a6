import { once } from 'node:events';
import { connect } from 'node:net';
import type { Connection, ServerChannel, TcpipRequestInfo } from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import { createSsh2Transport } from '../../../src/ssh/ssh2/transport.ts';
import type { Transport } from '../../../src/ssh/transport.ts';
import { secretOf } from '../../farm/canary.ts';
import {
  embeddedNode,
  localNode,
  NEVER,
  rejectionOf,
  scratch,
  scriptedServer,
  settingsIn,
} from './support.ts';

type Forward = (accept: () => ServerChannel, reject: () => void, info: TcpipRequestInfo) => void;

interface JumpHost {
  readonly node: Node;
  /** What it was asked for. */
  readonly asked: string[];
  /** The methods of its logins. */
  readonly logins: string[];
  readonly clients: Connection[];
}

/** A jump host that lets everybody in, and does with each way on what the test says. */
async function jumpHost(forward: Forward): Promise<JumpHost> {
  const asked: string[] = [];
  const logins: string[] = [];
  const clients: Connection[] = [];
  const port = await scriptedServer({}, (client) => {
    clients.push(client);
    client.on('authentication', (attempt) => {
      logins.push(attempt.method);
      if (attempt.method === 'none') attempt.reject(['password', 'publickey']);
      else attempt.accept();
    });
    client.on('session', (_accept, reject) => {
      asked.push('session');
      reject();
    });
    client.on('request', (_accept, reject, name) => {
      asked.push(name);
      reject?.();
    });
    client.on('tcpip', (accept, reject, info) => {
      asked.push(`${info.destIP}:${info.destPort}`);
      forward(accept, reject, info);
    });
  });
  return { node: localNode(port), asked, logins, clients };
}

const passOn: Forward = (accept, _reject, { destIP, destPort }) => {
  const channel = accept();
  const socket = connect(destPort, destIP);
  socket.on('error', () => channel.close());
  channel.on('error', () => {});
  channel.pipe(socket).pipe(channel);
};

async function transportThrough(...hops: Node[]): Promise<Transport> {
  const settings = settingsIn(await scratch(), { connectTimeoutMs: 300, hopsOf: () => hops });
  return createSsh2Transport(settings);
}

const sinks = { onStdout: () => {}, onStderr: () => {} };

describe('a jump host', () => {
  it('S14 is asked for the way on, and for nothing else; its connection ends with the last of those behind it', async () => {
    const host = await jumpHost(passOn);
    const [one, other] = [await embeddedNode(), await embeddedNode()];
    const transport = await transportThrough(host.node);
    const connections = await Promise.all(
      [one, other].map(({ port }) => transport.connect(localNode(port), NEVER)),
    );
    for (const connection of connections) {
      const channel = await connection.exec('exit 7', sinks);
      expect(await channel.result).toEqual({ kind: 'code', code: 7 });
    }
    expect(host.asked.sort()).toEqual([`127.0.0.1:${one.port}`, `127.0.0.1:${other.port}`].sort());
    expect(host.clients).toHaveLength(1);
    let isOver = false;
    const over = once(host.clients[0] as Connection, 'close').then(() => {
      isOver = true;
    });
    await connections[0]?.close();
    expect(isOver).toBe(false);
    await connections[1]?.close();
    await over;
  });

  it('S6 is never sent the password of the nodes', async () => {
    const host = await jumpHost(passOn);
    const logins: string[] = [];
    const port = await scriptedServer({}, (client) => {
      client.on('authentication', (attempt) => {
        logins.push(attempt.method === 'password' ? attempt.password : attempt.method);
        if (attempt.method === 'password') attempt.accept();
        else attempt.reject(['password', 'publickey']);
      });
    });
    const settings = settingsIn(await scratch(), {
      isPasswordWanted: true,
      askSecret: async () => secretOf('to log in'),
      hopsOf: () => [host.node],
    });
    const connection = await createSsh2Transport(settings).connect(localNode(port), NEVER);
    await connection.close();
    expect([host.logins, logins]).toEqual([['publickey'], ['none', secretOf('to log in')]]);
  });

  it.each<[title: string, forward: Forward, message: RegExp]>([
    ['that never answers', () => {}, /^jump host \S+: it has not connected within 0\.3 s$/],
    ['that cannot', (_accept, reject) => reject(), /^jump host \S+: it cannot connect/],
    [
      'that hangs up',
      (accept) => accept().close(),
      /^the node closed the connection \(handshake\)$|before handshake/,
    ],
  ])('%s is no connection to the node, and a reason', async (_title, forward, message) => {
    const host = await jumpHost(forward);
    const transport = await transportThrough(host.node);
    const error = await rejectionOf(transport.connect(localNode(1), NEVER));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(message) });
    // Nobody is left behind it.
    await expect.poll(() => host.clients.length).toBe(1);
  });

  it('that is lost is the reason for which all behind it are lost, also while they hold back what it sends', async () => {
    const host = await jumpHost(passOn);
    const nodes = [await embeddedNode(), await embeddedNode()];
    const transport = await transportThrough(host.node);
    const connections = await Promise.all(nodes.map(({ port }) => transport.connect(localNode(port), NEVER)));
    const channels = await Promise.all(
      connections.map((connection) =>
        connection.exec('head -c 8000000 /dev/zero; sleep 9', {
          onStdout: () => new Promise<void>(() => {}),
          onStderr: () => {},
        }),
      ),
    );
    expect(channels).toHaveLength(2);
    host.clients[0]?.end();
    const reasons = await Promise.all(connections.map(({ closed }) => closed));
    expect(new Set(reasons).size).toBe(1);
    expect(reasons[0]).toMatch(/^jump host \[deploy@127\.0\.0\.1:\d+\] is lost: /);
  });
});
