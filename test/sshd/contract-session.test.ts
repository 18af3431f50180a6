import { sessionOver } from '../contract/session.ts';
import { describeTransportContract } from '../contract/transport.ts';
import { rootOf, ssh2Transport } from '../contract/transports.ts';
import { openSsh } from './contract-nodes.ts';

describeTransportContract('a session over ssh2 and OpenSSH', async () => {
  // What an earlier case has left at work takes up sessions of the one connection.
  const { sessionsMax: _, ...server } = await openSsh();
  const node = rootOf(server.address);
  const session = sessionOver(ssh2Transport(server), node);
  const stop = async () => {
    await session.close();
    await server.stop();
  };
  return { ...server, node, transport: session.transport, connectsAtOnce: true, stop };
});
