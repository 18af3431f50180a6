/** The transport by the ssh of this machine, with the settings of a request. */
import { join, resolve } from 'node:path';
import { LockstepError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits/limits.ts';
import { accountHome, homeDirectory } from '../../../core/surroundings.ts';
import type { RunRequest } from '../../request/request.ts';
import type { Opened, TransportFacts } from '../../surroundings.ts';
import { roomForSsh } from './room-for-ssh.ts';

/** ssh itself reads its files here, in the same order as lockstep. Rejects with `unreachable` for more nodes than fit on this machine. */
export async function openOpenssh(
  { connect, times }: RunRequest,
  { nodes, routes, environment, clock, random }: TransportFacts,
): Promise<Opened> {
  const room = await roomForSsh();
  if (nodes.length > room.connections) throw tooMany(nodes.length, room);
  const { createOpensshTransport } = await import('../../../ssh/openssh/transport.ts');
  const home = homeDirectory();
  const transport = createOpensshTransport({
    configFiles: configFiles(connect.sshConfig, home),
    otherHome: home === accountHome() ? undefined : home,
    options: [...(connect.jump === undefined ? [] : [`ProxyJump=${connect.jump}`]), ...connect.sshOptions],
    key: connect.keyFile,
    hostKeys: { checking: connect.hostKeyChecking, knownHostsFile: connect.knownHostsFile },
    configOf: (node) => routes.configOf(node),
    hops: routes.hops,
    environment,
    clock,
    random,
    connectTimeoutMs: times.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: times.keepAliveMs,
    connectionsMax: room.connections,
  });
  return { transport, onConnected: () => {} };
}

function configFiles(given: string | undefined, home: string | undefined): string[] {
  if (given !== undefined) return given === 'none' ? [] : [resolve(given)];
  return [...(home === undefined ? [] : [join(home, '.ssh/config')]), '/etc/ssh/ssh_config'];
}

function tooMany(
  count: number,
  { connections, bound }: Awaited<ReturnType<typeof roomForSsh>>,
): LockstepError {
  const text = `${count} nodes need the ssh of this machine, and its ${bound} suffices for ${connections}`;
  return new LockstepError('unreachable', text, {
    hint: 'name fewer nodes at a time; -v says why they need it, and --transport ssh2 goes without',
  });
}
