/** The nodes that the bench of the lock works on, the program it runs there, and what it asks of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Farm } from '../../test/farm/farm.ts';
import { type Lockstep, lockstep } from '../../test/farm/lockstep.ts';
import type { FarmNode } from '../../test/farm/node.ts';
import { until } from '../../test/farm/process.ts';
import type { LockBenchOptions } from './options.ts';

export interface Ground {
  readonly farm: Farm;
  readonly options: LockBenchOptions;
  /** Holds the snapshot of lockstep. */
  readonly directory: string;
}

/** A node, and the address under which it is reached. */
export interface Place {
  readonly node: FarmNode;
  readonly host: string;
}

export function places({ farm }: Ground, count: number): Place[] {
  return farm.nodes.slice(0, count).map((node) => ({ node, host: node.host }));
}

export function start(
  { farm, directory }: Ground,
  where: readonly Place[],
  args: readonly string[],
  user = 'root',
): Lockstep {
  const targets = where.flatMap(({ host }) => ['-o', `${user}@${host}`]);
  const program = join(directory, 'lockstep/bin/lockstep.js');
  return lockstep([...targets, ...args], { farm, program });
}

/** The processes of a node whose command line matches. */
export function processes({ node }: Place, pattern: RegExp): number[] {
  return node.pids().filter((pid) => pid !== node.pid && pattern.test(commandLine(pid)));
}

/** Waits until something that matches runs on each node, and gives all such processes by node. */
export async function untilAllRun(where: readonly Place[], pattern: RegExp): Promise<number[][]> {
  const all = () => where.map((place) => processes(place, pattern));
  await until(`${pattern} runs everywhere`, () => all().every((pids) => pids.length > 0), { pauseMs: 50 });
  return all();
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits in the kernel's queue for the lock of a node, and gives it back at once; resolves when it was had. */
export async function untilFree({ node }: Place): Promise<void> {
  const { code, stderr } = await node.run('flock / true');
  if (code !== 0) throw new Error(`${node.name}: flock: ${stderr}`);
}

/** Waits until nothing of lockstep is left on the nodes. */
export async function untilAtRest(where: readonly Place[]): Promise<void> {
  await until(
    'all nodes are at rest',
    () => where.every((place) => processes(place, /lockstep-|sleep/).length <= 1),
    {
      pauseMs: 50,
    },
  );
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
