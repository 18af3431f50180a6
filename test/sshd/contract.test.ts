import { readFileSync } from 'node:fs';
import { LIMITS } from '../../src/core/limits.ts';
import { nodeId } from '../../src/core/node.ts';
import { createOpensshTransport } from '../../src/ssh/openssh/transport.ts';
import { createSsh2Transport } from '../../src/ssh/ssh2/transport.ts';
import type { Transport } from '../../src/ssh/transport.ts';
import { sessionOver } from '../contract/session.ts';
import { type ContractSetup, describeTransportContract } from '../contract/transport.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';

/** OpenSSH's own default. */
const SESSIONS_MAX = 10;

describeTransportContract('ssh2 and OpenSSH', opensshContract);

describeTransportContract('the ssh of the system and OpenSSH', async () => {
  const contract = await opensshContract((farm) =>
    createOpensshTransport({
      configFile: 'none',
      key: farm.keyPath,
      hostKeys: { knownHostsFile: `${farm.home}/.ssh/known_hosts` },
      connectTimeoutMs: undefined,
      handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
      keepAliveMs: LIMITS.keepAliveMs,
    }),
  );
  return { ...contract, tellsNoSignals: true };
});

describeTransportContract('a session over ssh2 and OpenSSH', async () => {
  const contract = await opensshContract();
  const session = sessionOver(contract.transport, contract.node);
  const stop = async () => {
    await session.close();
    await contract.stop();
  };
  // What an earlier case has left at work takes up sessions of the one connection.
  const { sessionsMax: _, ...rest } = contract;
  return { ...rest, transport: session.transport, connectsAtOnce: true, stop };
});

async function opensshContract(
  makeTransport: (farm: Farm) => Transport = ssh2Transport,
): Promise<ContractSetup> {
  const farm = await startFarm({ nodes: 1, sshdConfig: [`MaxSessions ${SESSIONS_MAX}`] });
  const [node] = farm.nodes as [FarmNode];
  return {
    transport: makeTransport(farm),
    node: {
      id: nodeId('root', node.host, node.port),
      user: 'root',
      host: node.host,
      port: node.port,
      given: node.host,
    },
    sessionsMax: SESSIONS_MAX,
    cutConnections: async () => {
      for (const pid of sessions(node)) process.kill(pid, 'SIGKILL');
      await until('the sessions are gone', () => sessions(node).length === 0);
    },
    stop: () => farm.stop(),
  };
}

function ssh2Transport({ home }: Farm): Transport {
  return createSsh2Transport({
    homeDirectory: home,
    hostKeys: { checking: 'accept-new' },
    connectTimeoutMs: LIMITS.connectTimeoutMs,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: LIMITS.keepAliveMs,
    key: undefined,
    agentSocket: undefined,
    warn: () => {},
  });
}

/** What the listener of a node has forked for connections. */
function sessions(node: FarmNode): number[] {
  const parentOf = (pid: number) => Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]);
  const listener = node.pids().find((pid) => /sshd.*-D/.test(read(`/proc/${pid}/cmdline`)));
  return node.pids().filter((pid) => parentOf(pid) === listener && read(`/proc/${pid}/stat`) !== '');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
