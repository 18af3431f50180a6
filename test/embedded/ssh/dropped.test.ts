import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { LockstepError } from '../../../src/core/errors.ts';
import type { Node } from '../../../src/core/node.ts';
import { createSsh2Transport } from '../../../src/ssh/ssh2/transport.ts';
import { embeddedNode, localNode, NEVER, scratch, scriptedServer, settingsIn, tcpServer } from './support.ts';

test('S17 a server that drops the first connections before the login is tried again until it takes one', async () => {
  const drops: ((socket: Socket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end('Exceeded MaxStartups\r\n'),
    (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  ];
  const { port: behind } = await embeddedNode();
  let connections = 0;
  const port = await tcpServer((socket) => {
    const drop = drops[connections++];
    if (drop !== undefined) return drop(socket);
    const onward = connect(behind, '127.0.0.1').on('error', () => {});
    socket.pipe(onward).pipe(socket);
  });
  const told: string[] = [];
  const onRetry = (node: Node, { message }: LockstepError) => void told.push(`${node.id} ${message}`);
  const settings = settingsIn(await scratch(), { random: () => 0.1, onRetry });
  const connection = await createSsh2Transport(settings).connect(localNode(port), NEVER);
  expect(connections).toBe(drops.length + 1);
  expect(told).toHaveLength(drops.length);
  expect(told.every((text) => text.startsWith(localNode(port).id))).toBe(true);
  await connection.close();
});

test('S17 a server that hangs up during the login is not tried again', async () => {
  let connections = 0;
  const port = await scriptedServer({}, (client) => {
    connections++;
    client.on('authentication', () => client.end());
  });
  const transport = createSsh2Transport(settingsIn(await scratch()));
  await expect(transport.connect(localNode(port), NEVER)).rejects.toMatchObject({
    message: expect.stringContaining('authentication'),
  });
  expect(connections).toBe(1);
});
