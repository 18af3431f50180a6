/**
 * A node without a machine: an SSH server in this process, on 127.0.0.1, whose commands run for real under
 * /bin/sh in a directory of their own. The demo and the tests connect to it as to any other node.
 */
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Connection, ParsedKey, PublicKeyAuthContext } from 'ssh2';
import ssh2 from 'ssh2';
import { EmbeddedCommand } from './embedded-command.ts';
import { generateKeyPair } from './key-pair.ts';

export interface EmbeddedNodeOptions {
  /** Home and working directory of what runs there; made when it is missing. */
  readonly home: string;
  readonly user: string;
  /** Private host key in OpenSSH or PEM form; a new one when it is left out. */
  readonly hostKey?: string;
  /** The one public key that may log in, as in an authorized_keys file. */
  readonly authorizedKey: string;
  /** Runs the commands, as a login shell does under sshd: `shell -c command`. */
  readonly shell?: string;
  /** Added to HOME, PATH, USER, LOGNAME and SHELL; nothing of this process's own environment gets through. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sessions of one connection, as sshd's MaxSessions. */
  readonly sessionsMax?: number;
}

export interface EmbeddedNode {
  readonly port: number;
  /** The public host key, as in a known_hosts line after the names. */
  readonly hostKey: string;
  /** The open connections; to destroy one is to cut its link. */
  readonly connections: ReadonlySet<Socket>;
  /** Ends the connections, then every process that was started here. */
  stop(): Promise<void>;
}

/** sshd's MaxSessions. */
const SESSIONS_MAX = 10;

/** Starts a node on a free port. Rejects when one of the keys cannot be read. */
export async function startEmbeddedNode(options: EmbeddedNodeOptions): Promise<EmbeddedNode> {
  await mkdir(options.home, { recursive: true });
  const privateHostKey = options.hostKey ?? generateKeyPair().private;
  const hostKey = parseKey(privateHostKey);
  const authorizedKey = parseKey(options.authorizedKey);
  const connections = new Set<Socket>();
  const commands = new Set<EmbeddedCommand>();
  const server = new ssh2.Server({ hostKeys: [privateHostKey] });
  server.on('connection', (client) => {
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'publickey') attempt.reject(['publickey']);
      else if (attempt.username === options.user && isProven(attempt, authorizedKey)) attempt.accept();
      else attempt.reject(['publickey']);
    });
    // A client that breaks off in the middle is everyday life here.
    client.on('error', () => {});
    client.on('ready', () => serveSessions(client, options, commands));
  });

  const listener = createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    hostKey: `${hostKey.type} ${hostKey.getPublicSSH().toString('base64')}`,
    connections,
    stop: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const socket of connections) socket.destroy();
      await closed;
      await Promise.all([...commands].map((command) => command.kill()));
    },
  };
}

function serveSessions(
  client: Connection,
  options: EmbeddedNodeOptions,
  commands: Set<EmbeddedCommand>,
): void {
  const own = new Set<EmbeddedCommand>();
  let open = 0;
  client.on('session', (accept, reject) => {
    if (open >= (options.sessionsMax ?? SESSIONS_MAX)) return reject();
    open += 1;
    const session = accept();
    session.on('close', () => {
      open -= 1;
    });
    // Requests that nobody listens for, as for a terminal or a forwarding, ssh2 refuses.
    session.on('exec', (acceptExec, _reject, { command }) => {
      const started = new EmbeddedCommand(command, acceptExec(), options);
      own.add(started);
      commands.add(started);
    });
  });
  client.on('close', () => {
    for (const command of own) command.disconnect();
    for (const command of commands) if (command.isOver()) commands.delete(command);
  });
}

/** A client first asks whether the key would do, without a signature. */
function isProven(attempt: PublicKeyAuthContext, authorized: ParsedKey): boolean {
  if (!attempt.key.data.equals(authorized.getPublicSSH())) return false;
  if (attempt.signature === undefined || attempt.blob === undefined) return true;
  return authorized.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true;
}

function parseKey(text: string): ParsedKey {
  const key: ParsedKey | Error = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}
