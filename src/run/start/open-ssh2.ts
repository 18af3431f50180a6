/** The transport that ships: keys, known hosts and times of a request, as ssh2's settings. */
import { LIMITS } from '../../core/limits.ts';
import { homeDirectory } from '../../core/surroundings.ts';
import type { Ssh2Settings } from '../../ssh/ssh2/transport.ts';
import type { RunRequest } from '../request.ts';
import type { Opened, TransportFacts } from '../surroundings.ts';
import { type AcceptedKey, acceptedTexts } from './accepted-keys.ts';

/**
 * Keys and known hosts are read here, so that a bad one is an error before any connection. ssh2 is loaded here: a call in a
 * session needs none.
 */
export async function openSsh2(
  { connect, times, show }: RunRequest,
  { nodes, tell, environment, ask }: TransportFacts,
): Promise<Opened> {
  const { createSsh2Transport } = await import('../../ssh/ssh2/transport.ts');
  const { loadIdentities } = await import('../../ssh/ssh2/identities.ts');
  const { loadHostKeys } = await import('../../ssh/host-keys/policy.ts');
  const accepted: AcceptedKey[] = [];
  const settings: Ssh2Settings = {
    key: connect.keyFile,
    isPasswordWanted: connect.isPasswordAsked,
    ...(ask === undefined ? {} : { askSecret: ask.secret }),
    // Scripts of orgalorg wait for its end, and answer once.
    secretTriesMax: show.asOrgalorg ? 1 : LIMITS.secretTriesMax,
    users: [...new Set(nodes.map(({ user }) => user))].slice(0, LIMITS.reportNamesMax),
    agentSocket: environment.SSH_AUTH_SOCK,
    homeDirectory: homeDirectory(),
    hostKeys: { checking: connect.hostKeyChecking, knownHostsFile: connect.knownHostsFile },
    connectTimeoutMs: times.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: times.keepAliveMs,
    unreadBytesMax: Math.max(LIMITS.unreadBytesMin, Math.floor(LIMITS.unreadTotalBytesMax / nodes.length)),
    warn: (message) => tell({ type: 'log', level: 'warn', message }),
    tell: (message) => tell({ type: 'log', level: 'info', message }),
    onAccepted: (node, key, file) => void accepted.push({ node, key, file }),
  };
  const hostKeys = await loadHostKeys(settings);
  const transport = createSsh2Transport(settings, { hostKeys, identities: await loadIdentities(settings) });
  const onConnected = () => {
    for (const message of acceptedTexts(accepted.splice(0))) tell({ type: 'log', level: 'info', message });
  };
  return { transport, onConnected };
}
