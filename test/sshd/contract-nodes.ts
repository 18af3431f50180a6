/** Nodes of a farm for the contract of transports. */
import { readFileSync } from 'node:fs';
import { DROPBEAR, type Server } from '../contract/transports.ts';
import { startFarm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';

/** OpenSSH's own default. */
const SESSIONS_MAX = 10;

export async function openSsh(): Promise<Server> {
  const farm = await startFarm({ nodes: 1, sshdConfig: [`MaxSessions ${SESSIONS_MAX}`] });
  const [node] = farm.nodes as [FarmNode];
  return { ...farm, address: node, sessionsMax: SESSIONS_MAX, cutConnections: () => cut(node, /sshd.*-D/) };
}

export async function dropbear(): Promise<Server> {
  const farm = await startFarm({ nodes: 1, server: 'dropbear' });
  const [node] = farm.nodes as [FarmNode];
  return { ...farm, ...DROPBEAR, address: node, cutConnections: () => cut(node, /^dropbear/) };
}

/** Ends what the listener of a node has forked for connections. */
async function cut(node: FarmNode, listener: RegExp): Promise<void> {
  for (const pid of connections(node, listener)) process.kill(pid, 'SIGKILL');
  await until('the connections are gone', () => connections(node, listener).length === 0);
}

function connections(node: FarmNode, listener: RegExp): number[] {
  const parentOf = (pid: number) => Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]);
  const servers = node.pids().filter((pid) => listener.test(read(`/proc/${pid}/cmdline`)));
  const first = servers.find((pid) => parentOf(pid) === node.pid);
  return node.pids().filter((pid) => parentOf(pid) === first && read(`/proc/${pid}/stat`) !== '');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
