/** Who listens on port 22 of this machine's addresses, read from the kernel's table, so that asking costs no sshd a connection. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** IPv4 addresses with a listener on port 22; `0.0.0.0` stands for all of them. */
export function sshListeners(): Set<string> {
  const hosts = new Set<string>();
  for (const local of listeners('/proc/net/tcp')) {
    const [address = '', port] = local.split(':');
    if (port === sshPort) hosts.add(Buffer.from(address, 'hex').reverse().join('.'));
  }
  for (const local of listeners('/proc/net/tcp6')) {
    if (local === `${'0'.repeat(32)}:${sshPort}`) hosts.add('0.0.0.0');
  }
  return hosts;
}

/** The first two numbers of a network of 127.0.0.0/8, for one farm alone until it gives them back. */
export interface Network {
  readonly name: `127.${number}`;
  giveBack(): void;
}

/**
 * A network in which nobody listens on port 22, and that no other farm is about to take: who listens on its last address has it. That
 * goes with its process, holds where the addresses do, in this network space, and is the same for every version of Node.js.
 */
export async function takeNetwork(): Promise<Network> {
  const taken = new Set([...sshListeners()].map((host) => host.split('.')[1]));
  for (let octet = OCTET_MIN; octet <= OCTET_MAX; octet++) {
    const name = `127.${octet}` as const;
    const server = taken.has(`${octet}`) ? undefined : await listener(`${name}.255.254`);
    if (server !== undefined) return { name, giveBack: () => void server.close() };
  }
  throw new Error('all networks of 127.0.0.0/8 for farms are taken');
}

/** Undefined where another process listens there. */
async function listener(host: string): Promise<Server | undefined> {
  const server = createServer().unref();
  server.listen({ host, port: 22 });
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}

const OCTET_MIN = 50;
const OCTET_MAX = 249;

const sshPort = '0016';
const stateListen = '0A';

/** `ADDRESS:PORT` in hexadecimal, the address in the machine's byte order. A machine without IPv6 has no table of it. */
function listeners(path: string): string[] {
  if (!existsSync(path)) return [];
  const rows = readFileSync(path, 'latin1').trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    return state === stateListen ? [local] : [];
  });
}
