/** Plays exchanges on this machine: the real texts, under a shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../src/node/texts.ts';
import { textOfWorker } from '../../src/node/worker/worker.ts';
import { PATIENCE_MS } from '../patience.ts';
import { runText, type Shell } from '../unit/node/shells.ts';
import type { Deed } from './exchange.ts';
import type { KeeperStart, Player } from './play.ts';

/** `$work`: where the command tells its process id, which says that it is at work. */
const DEEDS: Readonly<Record<Deed, string>> = {
  'works on': 'echo $$ >$work; exec sleep 300',
  'works on, stubborn': "trap '' TERM; echo $$ >$work; while :; do sleep 0.2; done",
  'works a second': 'echo $$ >$work; sleep 1',
  'exits with 3': 'exit 3',
  'leaves work behind': 'sleep 300 >/dev/null 2>&1 & echo $! >$work',
  'leaves a daemon behind': 'setsid sleep 300 >/dev/null 2>&1 & echo $! >$work',
};

interface Session {
  readonly shell: Shell;
  code: number | undefined;
  readonly path: string;
}

export class RealPlayer implements Player {
  readonly #shell: readonly string[];
  readonly #keeperText: string;
  readonly #patienceMs: number;
  readonly #home = mkdtempSync(join(tmpdir(), 'lockstep-exchange-'));
  readonly #lock = join(this.#home, 'lock');
  /** Other tests play on this machine at the same time: a keeper looks after all that has its run's name. */
  readonly #suffix = `-${randomBytes(4).toString('hex')}`;
  readonly #sessions = new Map<string, Session>();
  /** When each command's process began: its number may soon be another's. */
  readonly #begun = new Map<string, string>();
  #witness: ChildProcess | undefined;
  #seen: 'gone' | 'at work' | undefined;

  constructor(shell: readonly string[], { keeperText = KEEPER_TEXT, patienceMs = PATIENCE_MS.wait } = {}) {
    this.#shell = shell;
    this.#keeperText = keeperText;
    this.#patienceMs = patienceMs;
    mkdirSync(this.#lock);
  }

  startKeeper(name: string, { kind, lease, grace, isPathMissing, make, number }: KeeperStart): void {
    const path = isPathMissing ? join(this.#home, 'missing') : this.#lock;
    const since = `2026-01-01T00:00:0${number}Z`;
    const words = ['lockstep-keeper', 'ann@ctl', name + this.#suffix, since, path, 'why', '-C', '0', kind];
    this.#start(name, { text: this.#keeperText, words, path });
    this.send(name, `token ${lease} ${grace} ${kind} ${make}`);
  }

  async startWorker(name: string, of: string, { does, job }: { does: Deed; job: string }): Promise<void> {
    const { shell, path } = this.#session(of);
    await shell.line(/ACQUIRED/);
    const identity = this.replies(of)[0]?.split(' ')[1] ?? '';
    const command = this.#command(name, of, does);
    const words = ['lockstep-hand', of + this.#suffix, job, path, identity, command];
    this.#start(name, { text: textOfWorker(COMMAND_TEXT, 1_000), words });
    this.send(name, 'token');
  }

  go(name: string, to: string, does: Deed): void {
    this.send(to, `GO ${this.#command(name, to, does)}`);
  }

  send(to: string, text: string): void {
    this.#session(to).shell.send(text);
  }

  endInput(name: string): void {
    this.#session(name).shell.end();
  }

  async kill(name: string): Promise<void> {
    await this.#session(name).shell.line(/ACQUIRED/);
    process.kill(Number(this.replies(name)[0]?.split(/[ :]/)[1]), 'SIGKILL');
  }

  async killJob(name: string): Promise<void> {
    const keeper = this.replies(name)[0]?.split(/[ :]/)[1];
    const { pid } = this.#session(name).shell;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    for (const child of children) if (child !== keeper) process.kill(Number(child), 'SIGKILL');
  }

  async killWorker(name: string): Promise<void> {
    process.kill(this.#session(name).shell.pid, 'SIGKILL');
  }

  replies(name: string): string[] {
    const said = this.#session(name).shell.output().stdout.replaceAll(this.#suffix, '');
    return [...said.matchAll(/token (.*)\n/g)].map(([, reply = '']) => reply);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = performance.now() + this.#patienceMs;
    while (!isSo()) {
      if (performance.now() > endMs) throw new Error(`never: ${what}`);
      await delay(10);
    }
  }

  exitCode(name: string): number | undefined {
    return this.#session(name).code;
  }

  hasBegun(name: string): boolean {
    const pid = this.#pidOf(name);
    if (pid > 0 && !this.#begun.has(name)) this.#begun.set(name, startOf(pid) ?? 'never seen');
    return pid > 0;
  }

  isAtWork(name: string): boolean {
    return this.hasBegun(name) && startOf(this.#pidOf(name)) === this.#begun.get(name);
  }

  pass(seconds: number): Promise<void> {
    return delay(seconds * 1000);
  }

  async startWitness(of: string): Promise<void> {
    const look = `read -r stat <"/proc/${this.#pidOf(of)}/stat" && set -- \${stat##*) } && [ "$1" != Z ] && [ "\${20}" = ${this.#begun.get(of)} ]`;
    this.#witness = spawn('flock', ['-x', this.#lock, 'sh', '-c', look], { stdio: 'ignore' });
    this.#witness.on('close', (code) => {
      this.#seen = code === 0 ? 'at work' : 'gone';
    });
  }

  witnessed(): 'gone' | 'at work' | undefined {
    return this.#seen;
  }

  /** Ends what is left, and removes all. */
  clear(): void {
    this.#witness?.kill('SIGKILL');
    for (const [name, start] of this.#begun)
      if (startOf(this.#pidOf(name)) === start) process.kill(this.#pidOf(name), 'SIGKILL');
    for (const { shell, code } of this.#sessions.values()) if (code === undefined) killGroup(shell.pid);
    rmSync(this.#home, { recursive: true, force: true });
  }

  #start(
    name: string,
    { text, words, path = this.#lock }: { text: string; words: readonly string[]; path?: string },
  ): void {
    const shell = runText(this.#shell, text, words, { HOME: this.#home });
    const started: Session = { shell, code: undefined, path };
    this.#sessions.set(name, started);
    void shell.exited.then((code) => {
      started.code = code ?? 137;
    });
  }

  #command(name: string, of: string, does: Deed): string {
    const script = `work=${join(this.#home, name)}.pid; ${DEEDS[does].replaceAll("'", `'"'"'`)}`;
    return `export LOCKSTEP_RUN='${of}${this.#suffix}'; exec $own_session sh -c '${script}'`;
  }

  #pidOf(name: string): number {
    const file = join(this.#home, `${name}.pid`);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  }

  #session(name: string): Session {
    const found = this.#sessions.get(name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  }
}

/** When the process began; undefined when it is gone, also where its parent has not looked after it yet. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
