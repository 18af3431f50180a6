/** Processes of this machine, found by their parents, and told apart from later ones with the same number. */
import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessStat, parseProcessStat } from '../../core/process-stat.ts';

export interface LocalProcess {
  readonly pid: number;
  /** Clock ticks since boot; undefined without /proc. */
  readonly started: string | undefined;
}

/** A process and all below it, itself first. Without /proc only itself. */
export function descendantsOf(pid: number): LocalProcess[] {
  const children = new Map<number, LocalProcess[]>();
  for (const { parent, ...process } of allProcesses()) {
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const found: LocalProcess[] = [{ pid, started: statOf(pid)?.started }];
  // The list grows while this loop reads it.
  for (const { pid: parent } of found) found.push(...(children.get(parent) ?? []));
  return found;
}

/** Spares processes that are gone, and later ones with the number of one that is. */
export function signalAll(processes: readonly LocalProcess[], signal: NodeJS.Signals): void {
  for (const { pid } of living(processes)) {
    try {
      process.kill(pid, signal);
    } catch {
      // The process has just ended, or belongs to another user.
    }
  }
}

/** The processes that are still there, and do more than wait to be reaped. */
export function living(processes: readonly LocalProcess[]): LocalProcess[] {
  return processes.filter(({ pid, started }) => {
    const now = statOf(pid);
    return started === undefined ? exists(pid) : now?.started === started && !now.isDead;
  });
}

/** When a process began, in clock ticks since boot, by which it is told from a later one with its number. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.started;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

type Stat = LocalProcess & ProcessStat;

function allProcesses(): Stat[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  } catch {
    return [];
  }
}

function statOf(pid: number): Stat | undefined {
  try {
    return { pid, ...parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1')) };
  } catch {
    return undefined;
  }
}
