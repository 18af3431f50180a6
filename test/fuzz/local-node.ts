/** A node without sshd: a file system and a pid space of its own, and the processes that a Transport starts there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, captureOrThrow, type Ended } from '../farm/process.ts';
import { type Command, DOOR, Doors, type Started } from './door.ts';

export const KINDS = ['perl', 'python', 'sh', 'busybox'] as const;
export type Kind = (typeof KINDS)[number];

/** What the fuzz needs of a node, whoever runs it. */
export interface FuzzNode {
  readonly kind: Kind;
  /** Its root directory as this process sees it. */
  readonly directory: string;
  /** Runs sh on it, as root. */
  run(script: string): Promise<Ended>;
  /** The command lines of what runs on it beside what always does. */
  strays(): string[];
}

export const ACCOUNTS = {
  root: { uid: 0, home: '/root' },
  worker: { uid: 1001, home: '/home/worker' },
  plain: { uid: 1002, home: '/home/plain' },
} as const;
export type Account = keyof typeof ACCOUNTS;

/** For setpriv: the program ends when this process does, however that ends. */
export const DYING = ['--pdeathsig', 'KILL'];

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function environmentOf(account: Account): NodeJS.ProcessEnv {
  const { home } = ACCOUNTS[account];
  return { PATH, HOME: home, USER: account, LOGNAME: account, SHELL: '/bin/bash' };
}

export class LocalNode implements FuzzNode {
  readonly kind: Kind;
  readonly #child: ChildProcess;
  /** Open descriptors, since a process that is gone has its number given to another one, whose files would be taken for the node's. */
  readonly #root: number;
  readonly #spaces: readonly string[];
  readonly #doorText: string;
  readonly #doors: Doors;

  private constructor(kind: Kind, pid: number, child: ChildProcess, doorText: string) {
    this.kind = kind;
    this.#doorText = doorText;
    this.#child = child;
    this.#root = openSync(`/proc/${pid}/root`, 'r');
    this.#doors = new Doors(this.directory);
    this.#spaces = Object.entries({ mount: 'mnt', pid: 'pid', uts: 'uts' }).map(
      ([option, name]) => `--${option}=/proc/${process.pid}/fd/${openSync(`/proc/${pid}/ns/${name}`, 'r')}`,
    );
  }

  /** `storage`: a directory on a tmpfs. */
  static async boot(
    kind: Kind,
    { storage, image, scripts }: { storage: string; image: string; scripts: string },
  ): Promise<LocalNode> {
    const disk = mkdtempSync(join(storage, `${kind}-`));
    const spaces = ['unshare', '--mount', '--pid', '--uts', '--fork', '--kill-child=KILL'];
    const line = [...DYING, ...spaces, 'sh', join(scripts, 'node.sh'), disk, image];
    const child = spawn('setpriv', line, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.stdout.once('data', (text) => resolve(Number(`${text}`)));
      child.once('exit', () => reject(new Error(`the ${kind} node did not boot: ${errors}`)));
    });
    child.unref();
    const node = new LocalNode(kind, pid, child, readFileSync(join(scripts, 'door.sh'), 'utf8'));
    await becomeKind(node, scripts);
    return node;
  }

  get directory(): string {
    return `/proc/self/fd/${this.#root}`;
  }

  /** For nsenter: how a command enters the node's spaces. */
  #entering(account: Account): string[] {
    const { uid, home } = ACCOUNTS[account];
    const owner = uid === 0 ? [] : ['-S', `${uid}`, '-G', `${uid}`];
    return [...this.#spaces, ...owner, '-W', home];
  }

  run(script: string): Promise<Ended> {
    return capture('nsenter', [...this.#entering('root'), 'sh', '-c', script], {
      env: environmentOf('root'),
    });
  }

  /** As a login does. */
  start(account: Account, command: Command): Promise<Started> {
    const entering = ['nsenter', ...this.#entering(account)] as const;
    const env = environmentOf(account);
    const plan = { entering, text: this.#doorText, home: ACCOUNTS[account].home, env };
    return this.#doors.start(account, plan, command);
  }

  strays(): string[] {
    return readdirSync(join(this.directory, 'proc')).flatMap((name) => {
      if (!/^\d+$/.test(name) || name === '1') return [];
      const line = commandLine(join(this.directory, 'proc', name, 'cmdline'));
      return line === '' || line === 'sleep 3600' || line.includes(DOOR) ? [] : [line];
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    // Process 1 of the node is killed with it.
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Takes away what a node of this kind has not. */
export async function becomeKind(node: Pick<FuzzNode, 'kind' | 'run'>, scripts: string): Promise<void> {
  const script = readFileSync(join(scripts, 'become.sh'), 'utf8');
  const { code, stderr } = await node.run(`set -- ${node.kind}\n${script}`);
  if (code !== 0) throw new Error(`no ${node.kind} node: ${stderr}`);
}

function commandLine(path: string): string {
  try {
    return readFileSync(path, 'latin1').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** A tmpfs that nobody else sees; the caller has a mount space of its own. */
export async function mountMemory(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  await captureOrThrow('mount', ['-t', 'tmpfs', '-o', 'size=90%,mode=755', 'lockstep-fuzz', path]);
}
