/** Who listens on port 22 of this machine's addresses, read from the kernel's table, so that asking costs no sshd a connection. */
import { readFileSync } from 'node:fs';

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

/** The first two numbers of a 127 network in which nobody listens on port 22. */
export function freeNetwork(): `127.${number}` {
  const taken = new Set([...sshListeners()].map((host) => host.split('.')[1]));
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS_MAX;
  const free = Array.from({ length: 200 }, (_, index) => index + 50).filter(
    (octet) => !taken.has(`${octet}`) && octet % WORKERS_MAX === worker,
  );
  // Each worker of a test run has networks of its own; at random, so that farms of two test runs hardly meet.
  return `127.${free[Math.floor(Math.random() * free.length)] ?? 77}`;
}

/** Files of tests that are run side by side. */
const WORKERS_MAX = 8;

const sshPort = '0016';
const stateListen = '0A';

/** `ADDRESS:PORT` in hexadecimal, the address in the machine's byte order. */
function listeners(path: string): string[] {
  const rows = readFileSync(path, 'latin1').trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    return state === stateListen ? [local] : [];
  });
}
