/** One node of a farm, as a test sees and breaks it. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { capture, type Ended, until } from './process.ts';

export interface FarmNode {
  /** `node-1`, `node-2`, ...: its host name, and its name in the `/etc/hosts` of all nodes. */
  readonly name: string;
  /** An address in 127.0.0.0/8. */
  readonly host: string;
  readonly port: 22;
  /** `ssh-ed25519 AAAA...`, what a known_hosts line for this node would hold. */
  readonly hostKey: string;
  /** The node's root directory as this process sees it, /run and /proc of the node included; only while the node is up. */
  readonly directory: string;
  readonly isUp: boolean;
  /** Process 1 of the node, as this machine numbers it. */
  readonly pid: number;
  /** All processes of the node, as this machine numbers them. */
  pids(): number[];
  /** What each process of the node but process 1 was started with; empty for one that only waits to be reaped. */
  commandLines(): string[];
  /** Runs sh inside the node as root, without ssh. */
  run(script: string): Promise<Ended>;
  /** The password of an account, which stands in no arguments. */
  setPassword(account: string, password: string): Promise<void>;
  /** Power off: every process is gone when this resolves, the disk is kept, /run is lost, and nobody says goodbye. */
  kill(): Promise<void>;
  /** Power on again after `kill()`; resolves when sshd listens. */
  boot(): Promise<void>;
  /** Freezes every process: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

export interface NodeOptions {
  readonly name: string;
  readonly host: string;
  readonly hostKey: string;
  readonly pid: number;
  /** Has the farm start it; resolves with the pid of its process 1 when its sshd listens. */
  readonly start: () => Promise<number>;
}

export class BootableNode implements FarmNode {
  readonly name: string;
  readonly host: string;
  readonly port = 22;
  readonly hostKey: string;
  readonly #start: () => Promise<number>;
  #pid: number | undefined;

  constructor({ name, host, hostKey, pid, start }: NodeOptions) {
    this.name = name;
    this.host = host;
    this.hostKey = hostKey;
    this.#pid = pid;
    this.#start = start;
  }

  get isUp(): boolean {
    return this.#pid !== undefined;
  }

  get pid(): number {
    if (this.#pid === undefined) throw new Error(`${this.name} is down`);
    return this.#pid;
  }

  get directory(): string {
    return `/proc/${this.pid}/root`;
  }

  pids(): number[] {
    const space = readlinkSync(`/proc/${this.pid}/ns/pid`);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isInSpace(name, space))
      .map(Number);
  }

  /** Of the node's own /proc, which lists a few processes where that of the machine has hundreds. */
  commandLines(): string[] {
    const proc = `${this.directory}/proc`;
    const pids = readdirSync(proc).filter((name) => /^\d+$/.test(name) && name !== '1');
    return pids.map((pid) => commandLine(pid, proc));
  }

  run(script: string): Promise<Ended> {
    return this.#enter(['sh', '-c', script]);
  }

  async setPassword(account: string, password: string): Promise<void> {
    const { code, stderr } = await this.#enter(['chpasswd'], `${account}:${password}\n`);
    if (code !== 0) throw new Error(`chpasswd on ${this.name}: ${stderr}`);
  }

  #enter(command: readonly string[], input = ''): Promise<Ended> {
    const enter = ['--target', `${this.pid}`, '--mount', '--pid', '--uts', 'env', '--chdir=/root'];
    return capture('nsenter', [...enter, ...command], { env: nodeEnvironment, input });
  }

  async kill(): Promise<void> {
    const pid = this.pid;
    process.kill(pid, 'SIGKILL');
    this.#pid = undefined;
    await until(`${this.name} is gone`, () => !existsSync(`/proc/${pid}`));
  }

  async boot(): Promise<void> {
    if (this.#pid !== undefined) throw new Error(`${this.name} is up already`);
    this.#pid = await this.#start();
  }

  /** Repeats until it finds nobody new, since a process may fork while the list is read. */
  pause(): void {
    const stopped = new Set<number>();
    for (let found = -1; found !== stopped.size; ) {
      found = stopped.size;
      for (const pid of this.pids()) {
        sendSignal(pid, 'SIGSTOP');
        stopped.add(pid);
      }
    }
  }

  resume(): void {
    for (const pid of this.pids()) sendSignal(pid, 'SIGCONT');
  }
}

const nodeEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
};

/** A process may end between two looks at it; then it is in no space. */
function isInSpace(pid: string, space: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === space;
  } catch {
    return false;
  }
}

/** Empty for a process that is gone or only waits to be reaped. */
export function commandLine(pid: number | string, proc = '/proc'): string {
  try {
    return readFileSync(`${proc}/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
