/** Whether the process that wrote a journal is still at work: by its number and when it began, on the machine and in the pid space that it was in. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface Controller {
  readonly pid: number;
  /** Ticks of the kernel; empty where nothing tells them. */
  readonly began: string;
  readonly host: string;
  /** Another after each boot of the machine. */
  readonly boot: string;
  /** Containers have pid spaces of their own. */
  readonly pids: string;
}

/** This process. */
export async function ownController(): Promise<Controller> {
  const { pid } = process;
  return { pid, began: (await beganAt(pid)) ?? '', ...(await here()) };
}

/** Undefined: from here it cannot be seen. */
export async function isAlive(that: Controller): Promise<boolean | undefined> {
  const { host, boot, pids } = await here();
  if (that.host === host && that.boot !== boot) return false;
  // A machine may get another name while it runs.
  if (that.pids !== pids || that.boot !== boot || (boot === '' && that.host !== host)) return undefined;
  if (that.began !== '') return (await beganAt(that.pid)) === that.began;
  try {
    process.kill(that.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether the machine has run ever since: what that process has written is there, also what has not come to the disk. */
export async function isOfThisBoot({ boot }: Controller): Promise<boolean> {
  return boot !== '' && boot === (await here()).boot;
}

type Surroundings = Omit<Controller, 'pid' | 'began'>;

let found: Promise<Surroundings> | undefined;

/** The same as long as this process lives. */
function here(): Promise<Surroundings> {
  found ??= lookAround();
  return found;
}

async function lookAround(): Promise<Surroundings> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const pids = await readlink('/proc/self/ns/pid').catch(() => '');
  return { host: hostname(), boot: boot.trim(), pids };
}

/** The process's name, which may hold anything, stands in parentheses. A dead one that waits to be reaped is over. */
async function beganAt(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}
