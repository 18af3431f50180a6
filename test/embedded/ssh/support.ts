import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, Server, type ServerConfig } from 'ssh2';
import { onTestFinished } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import {
  type EmbeddedNode,
  type EmbeddedNodeOptions,
  startEmbeddedNode,
} from '../../../src/demo/embedded-node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import type { Ssh2Settings } from '../../../src/ssh/ssh2/transport.ts';

export const USER = 'deploy';
export const NEVER = new AbortController().signal;
/** One pair for all tests: making keys is slow. */
export const KEY = generateKeyPair();
const HOST_KEY = generateKeyPair();

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-ssh-'));
  return directory;
}

/** A directory for one test. */
export async function scratch(): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An embedded node for one test. */
export async function embeddedNode(options: Partial<EmbeddedNodeOptions> = {}): Promise<EmbeddedNode> {
  const home = await scratch();
  const node = await startEmbeddedNode({ home, user: USER, authorizedKey: KEY.public, ...options });
  onTestFinished(() => node.stop());
  return node;
}

export function localNode(port: number, host = '127.0.0.1'): Node {
  return { id: nodeId(USER, host, port), user: USER, host, port, given: host };
}

/** Settings with a home directory that holds the key of these tests; `warnings` collects what was warned about. */
export function settingsIn(
  home: string,
  overrides: Partial<Ssh2Settings> = {},
): Ssh2Settings & { warnings: string[] } {
  const warnings: string[] = [];
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, '.ssh/id_ed25519'), KEY.private, { mode: 0o600 });
  return {
    homeDirectory: home,
    hostKeys: { checking: 'accept-new' },
    connectTimeoutMs: 5_000,
    handshakeTimeoutMs: 5_000,
    keepAliveMs: 10_000,
    warn: (message) => void warnings.push(message),
    warnings,
    ...overrides,
  };
}

/** Takes connections on 127.0.0.1; resolves with its port. */
export async function tcpServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An SSH server on 127.0.0.1 that behaves as the test says; resolves with its port. */
export async function scriptedServer(
  config: Partial<ServerConfig>,
  onClient: (client: Connection) => void,
): Promise<number> {
  const clients = new Set<Connection>();
  const server = new Server({ hostKeys: [HOST_KEY.private], ...config }, (client) => {
    clients.add(client.on('error', () => {}));
    onClient(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of clients) client.end();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What a promise rejects with; a promise that resolves fails the test. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  if (outcome === undefined) throw new Error('the promise resolved');
  return outcome;
}
