/** The matrix of the contract: both transports against a server. What each cannot do is said here and in the server's own test. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { LIMITS } from '../../src/core/limits/limits.ts';
import { type Node, nodeId } from '../../src/core/node.ts';
import { createOpensshTransport } from '../../src/ssh/openssh/transport.ts';
import { createSsh2Transport } from '../../src/ssh/ssh2/transport.ts';
import type { Transport } from '../../src/ssh/transport.ts';
import type { ContractSetup, Exceptions } from './setup.ts';
import { describeTransportContract } from './transport.ts';

/** Of a farm or a cluster: it has the key as its default identity, and no ssh_config. */
export interface Home {
  readonly home: string;
  readonly keyPath: string;
}

export interface Server extends Home, Exceptions, Pick<ContractSetup, 'cutConnections' | 'stop'> {
  readonly address: { readonly host: string; readonly port: number };
  readonly sessionsMax?: number;
}

/** Both transports are tried on one server. */
export function describeTransports(name: string, start: () => Promise<Server>): void {
  describe(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());
    for (const [transport, make] of TRANSPORTS)
      describeTransportContract(`${transport} and ${name}`, async () => ({ ...server, ...make(server) }));
  });
}

type Make = (server: Server) => Pick<ContractSetup, 'transport' | 'node' | 'stop'> & Exceptions;

const TRANSPORTS: readonly (readonly [name: string, Make])[] = [
  ['ssh2', ({ address, ...home }) => ({ transport: ssh2Transport(home), node: rootOf(address), stop: DONE })],
  [
    'the ssh of this machine',
    ({ address, ...home }) => ({
      transport: opensshTransport(home),
      node: rootOf(address),
      stop: DONE,
      tellsNoSignals: 'a client that shares a connection ends with 255 for a signal as for a loss',
    }),
  ],
];

const DONE = async (): Promise<void> => {};

export function ssh2Transport({ home }: Home): Transport {
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

function opensshTransport({ home, keyPath }: Home): Transport {
  return createOpensshTransport({
    configFiles: [],
    key: keyPath,
    hostKeys: { knownHostsFile: join(home, '.ssh/known_hosts') },
    connectTimeoutMs: undefined,
    handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
    keepAliveMs: LIMITS.keepAliveMs,
  });
}

export function rootOf({ host, port }: Server['address']): Node {
  return { id: nodeId('root', host, port), user: 'root', host, port, given: host };
}

/** Of every server that is Dropbear, whatever it runs on. */
export const DROPBEAR: Exceptions = {
  losesNewChannels:
    '2022.82 and .83 close a channel that is opened before they have dealt with the end of another one',
};
