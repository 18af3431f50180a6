/** Whether the lockstep that wrote or made something is still at work: known by number and start, on its machine and in its pid space. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { bootId } from './boot.ts';
import { isRecord } from './is-record.ts';
import { parseProcessStat } from './process-stat.ts';

export interface Controller {
  readonly pid: number;
  /** Ticks of the kernel; empty where nothing shows them. */
  readonly began: string;
  readonly host: string;
  /** Changes with each boot of the machine. */
  readonly boot: string;
  /** Containers have pid spaces of their own. */
  readonly pids: string;
}

/** Of what was read back. */
export function isController(value: unknown): value is Controller {
  if (!isRecord(value) || !Number.isSafeInteger(value.pid)) return false;
  return [value.began, value.host, value.boot, value.pids].every((one) => typeof one === 'string');
}

/** This process. */
export async function ownController(): Promise<Controller> {
  const { pid } = process;
  return { pid, began: (await beganAt(pid)) ?? '', ...(await here()) };
}

/** Undefined: it cannot be seen from here. */
export async function isAlive(that: Controller): Promise<boolean | undefined> {
  const { host, boot, pids } = await here();
  if (that.host === host && that.boot !== boot) return false;
  // A machine may change its name while it runs.
  if (that.pids !== pids || that.boot !== boot || (boot === '' && that.host !== host)) return undefined;
  if (that.began !== '') return (await beganAt(that.pid)) === that.began;
  try {
    process.kill(that.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether the machine has run ever since: then all that the process wrote is there, even what has not reached the disk. */
export async function isOfThisBoot({ boot }: Controller): Promise<boolean> {
  return boot !== '' && boot === (await here()).boot;
}

type Surroundings = Omit<Controller, 'pid' | 'began'>;

let found: Promise<Surroundings> | undefined;

/** Read once, since it stays the same as long as this process lives. */
function here(): Promise<Surroundings> {
  found ??= lookAround();
  return found;
}

async function lookAround(): Promise<Surroundings> {
  const pids = await readlink('/proc/self/ns/pid').catch(() => '');
  return { host: hostname(), boot: bootId(), pids };
}

/** A dead process that waits to be reaped counts as over. */
async function beganAt(pid: number): Promise<string | undefined> {
  const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''));
  return stat.isDead ? undefined : stat.started;
}
