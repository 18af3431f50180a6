/** The transport by the ssh of this machine, with the settings of a request. */
import { LIMITS } from '../../core/limits.ts';
import type { RunRequest } from '../request.ts';
import type { Opened, TransportFacts } from '../surroundings.ts';

/** ssh reads its files itself, in the same order. */
export async function openOpenssh(
  { connect, times }: RunRequest,
  { routes, environment }: TransportFacts,
): Promise<Opened> {
  const { createOpensshTransport } = await import('../../ssh/openssh/transport.ts');
  const transport = createOpensshTransport({
    configFile: connect.sshConfig,
    options: [...(connect.jump === undefined ? [] : [`ProxyJump=${connect.jump}`]), ...connect.sshOptions],
    key: connect.keyFile,
    hostKeys: { checking: connect.hostKeyChecking, knownHostsFile: connect.knownHostsFile },
    configOf: (node) => routes.configOf(node),
    environment,
    connectTimeoutMs: times.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: times.keepAliveMs,
  });
  return { transport, onConnected: () => {} };
}
