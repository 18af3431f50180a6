import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedNode } from '../../../src/demo/embedded-node.ts';
import { createSsh2Transport } from '../../../src/ssh/ssh2/transport.ts';
import { describeTransportContract } from '../../contract/transport.ts';
import { KEY, localNode, settingsIn, temporaryDirectory, USER } from './support.ts';

describeTransportContract('ssh2 and an embedded node', async () => {
  const directory = await temporaryDirectory();
  const server = await startEmbeddedNode({
    home: join(directory, 'node'),
    user: USER,
    authorizedKey: KEY.public,
    sessionsMax: 10,
  });
  return {
    transport: createSsh2Transport(settingsIn(join(directory, 'home'))),
    node: localNode(server.port),
    sessionsMax: 10,
    cutConnections: () => {
      for (const socket of server.connections) socket.destroy();
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
