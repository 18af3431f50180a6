/** The transport that ships: turns keys, known hosts and times of a request into ssh2's settings. */
import { durationText } from '../../../core/duration.ts';
import { LockstepError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits/limits.ts';
import type { Node } from '../../../core/node.ts';
import { homeDirectory } from '../../../core/surroundings.ts';
import type { HostConfig } from '../../../ssh/config/host-config.ts';
import type { Ssh2Settings } from '../../../ssh/ssh2/transport.ts';
import { quoteInput } from '../../../text/quote-input.ts';
import type { RunRequest } from '../../request/request.ts';
import { logsInByPassword } from '../../request/work.ts';
import type { Opened, TransportFacts } from '../../surroundings.ts';
import { type AcceptedKey, acceptedTexts } from './accepted-keys.ts';
import { NewKeys } from './new-keys.ts';
import { checkOpenFiles } from './open-files.ts';
import { readPasswordFile } from './password-file.ts';

/**
 * Reads keys and known hosts, so that a bad one is an error before any connection. Loads ssh2 here, since a call in a
 * session does not need it.
 */
export async function openSsh2(
  { connect, times, show }: RunRequest,
  { nodes, routes, tell, environment, ask, clock, random, stdin }: TransportFacts,
): Promise<Opened> {
  const { createSsh2Transport } = await import('../../../ssh/ssh2/transport.ts');
  const { Keyrings } = await import('../../../ssh/ssh2/keys/keyrings.ts');
  const { checkingOf, loadHostKeys } = await import('../../../ssh/host-keys/of-nodes.ts');
  const configOf = (node: Node) => routes.configOf(node);
  const accepted: AcceptedKey[] = [];
  const newKeys = new NewKeys();
  const ids = new Set(nodes.map(({ id }) => id));
  const isJump = ({ id }: Node) => !ids.has(id);
  const { passwordFile } = connect;
  const settings: Ssh2Settings = {
    key: connect.keyFile,
    isPasswordWanted: logsInByPassword(connect),
    ...(passwordFile === undefined ? {} : { password: await readPasswordFile(passwordFile, { stdin }) }),
    ...(ask === undefined ? {} : { askSecret: ask.secret }),
    // Scripts written for orgalorg answer only one question.
    secretTriesMax: show.asOrgalorg ? 1 : triesOf(nodes.map(configOf)),
    users: [...new Set(nodes.map(({ user }) => user))].slice(0, LIMITS.reportNamesMax),
    agentSocket: environment.SSH_AUTH_SOCK,
    homeDirectory: homeDirectory(),
    hostKeys: { checking: connect.hostKeyChecking, knownHostsFile: connect.knownHostsFile },
    configOf,
    hopsOf: (node) => routes.hopsOf(node),
    environment,
    clock,
    random,
    connectTimeoutMs: times.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: times.keepAliveMs,
    unreadBytesMax: Math.max(LIMITS.unreadBytesMin, Math.floor(LIMITS.unreadTotalBytesMax / nodes.length)),
    warn: (message) => tell({ type: 'log', level: 'warn', message }),
    tell: (message) => tell({ type: 'log', level: 'info', message }),
    onRetry: (node, { message }, pauseMs) => {
      const text = `${message}: tries again in ${durationText(pauseMs)}`;
      tell({ type: 'log', level: 'debug', node, message: text });
    },
    ...(ask === undefined ? {} : { onNew: (node, key) => newKeys.add(node, key) }),
    onAccepted: (node, key, file) => {
      if (!/^(?:QUIET|FATAL|ERROR)$/.test(configOf(node).logLevel ?? ''))
        accepted.push({ node, key, file, isJump: isJump(node) });
    },
  };
  tellUnasked([...nodes, ...routes.hops].map(configOf), tell);
  const unchecked = nodes.find((node) => checkingOf(settings, configOf(node)) === 'no');
  if (unchecked !== undefined && logsInByPassword(connect)) throw passwordForAnyone(unchecked);
  const hops = [...new Set(nodes.flatMap((node) => routes.hopsOf(node)))];
  const direct = nodes.filter((node) => routes.hopsOf(node).length === 0);
  await checkOpenFiles(direct.length + hops.length);
  const hostKeys = await loadHostKeys(settings, [...nodes, ...hops]);
  const keyrings = new Keyrings(settings);
  for (const node of nodes) await keyrings.of(configOf(node));
  for (const hop of hops) await keyrings.ofHop(configOf(hop));
  const transport = createSsh2Transport(settings, { hostKeys, keyrings });
  const onConnected = () => {
    for (const message of acceptedTexts(accepted.splice(0))) tell({ type: 'log', level: 'info', message });
  };
  if (ask === undefined) return { transport, onConnected };
  const settleNewKeys = async () => {
    const areAccepted = await newKeys.settle(hostKeys, ask.confirm);
    if (areAccepted) transport.keysAccepted();
    return areAccepted;
  };
  return { transport, onConnected, settleNewKeys };
}

/** Warns of a KnownHostsCommand: ssh2 does not run it, and accepts the first key of such a host. */
function tellUnasked(configs: readonly HostConfig[], tell: TransportFacts['tell']): void {
  const commands = new Set(configs.flatMap(({ knownHostsCommand }) => knownHostsCommand ?? []));
  for (const command of [...commands].slice(0, LIMITS.reportNamesMax)) {
    const message = `ssh_config: KnownHostsCommand ${quoteInput(command)} is not run by ssh2: --transport openssh runs it`;
    tell({ type: 'log', level: 'warn', message });
  }
}

/** Returns the least NumberOfPasswordPrompts of all nodes, since one prompt serves them all. */
function triesOf(configs: readonly HostConfig[]): number {
  const allowed = configs.map(({ numberOfPasswordPrompts }) => numberOfPasswordPrompts);
  return Math.max(1, Math.min(LIMITS.secretTriesMax, ...new Set(allowed)));
}

function passwordForAnyone(node: Node): LockstepError {
  return new LockstepError(
    'usage',
    `a password needs host keys that are checked, and those of ${node.id} are not`,
    {
      hint: 'StrictHostKeyChecking is no in ssh_config: give --strict-host-key-checking accept-new',
    },
  );
}
