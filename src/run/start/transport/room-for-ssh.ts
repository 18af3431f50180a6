/** Finds out how many connections the ssh of this machine may hold open, since each takes some processes. */
import { readFile } from 'node:fs/promises';
import { LIMITS } from '../../../core/limits/limits.ts';

export interface Room {
  readonly connections: number;
  /** Names the scarcest resource. */
  readonly bound: string;
}

/** Only Linux tells this; on other systems connecting shows it. */
export async function roomForSsh(proc = '/proc'): Promise<Room> {
  const [limits, memory] = await Promise.all(
    ['self/limits', 'meminfo'].map((name) => readFile(`${proc}/${name}`, 'latin1').catch(() => '')),
  );
  const number = (text: string | undefined, pattern: RegExp) => {
    const found = pattern.exec(text ?? '')?.[1];
    return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
  };
  const { sshNodeBytes, sshNodeProcesses, sshProcessFiles, filesBesideNodes } = LIMITS;
  const available = number(memory, /^MemAvailable: +(\d+) kB/m) * 1024;
  const files = number(limits, /^Max open files +(\d+)/m) - filesBesideNodes;
  const rooms: readonly Room[] = [
    { bound: 'memory', connections: available / sshNodeBytes },
    {
      bound: 'number of processes (ulimit -u)',
      connections: number(limits, /^Max processes +(\d+)/m) / sshNodeProcesses,
    },
    {
      bound: 'number of open files (ulimit -n)',
      connections: files / (sshNodeProcesses * sshProcessFiles),
    },
  ];
  const [least] = [...rooms].sort((one, other) => one.connections - other.connections) as [Room];
  return { ...least, connections: Math.max(0, Math.floor(least.connections)) };
}
