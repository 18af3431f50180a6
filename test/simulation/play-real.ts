/** Plays exchanges on this machine: the real texts, under a shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../src/node/texts.ts';
import { textOfWorker } from '../../src/node/worker/worker.ts';
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
};

interface Session {
  readonly shell: Shell;
  code: number | undefined;
  readonly path: string;
}

export interface RealPlayer extends Player {
  /** Ends what is left, and removes all. */
  clear(): void;
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the small functions of a player share its state
export function realPlayer(
  shell: readonly string[],
  { keeperText = KEEPER_TEXT, patienceMs = 25_000 } = {},
): RealPlayer {
  const home = mkdtempSync(join(tmpdir(), 'lockstep-exchange-'));
  const lock = join(home, 'lock');
  /** Other tests play on this machine at the same time: a keeper looks after all that has its run's name. */
  const suffix = `-${randomBytes(4).toString('hex')}`;
  mkdirSync(lock);
  const sessions = new Map<string, Session>();
  /** When each command's process began: its number may soon be another's. */
  const begun = new Map<string, string>();
  let witness: ChildProcess | undefined;
  let seen: 'gone' | 'at work' | undefined;

  const session = (name: string): Session => {
    const found = sessions.get(name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  };
  const start = (
    name: string,
    { text, words, path = lock }: { text: string; words: readonly string[]; path?: string },
  ) => {
    const started: Session = { shell: runText(shell, text, words, { HOME: home }), code: undefined, path };
    sessions.set(name, started);
    void started.shell.exited.then((code) => {
      started.code = code ?? 137;
    });
  };
  const command = (name: string, of: string, does: Deed) =>
    `export LOCKSTEP_RUN='${of}${suffix}'; exec $own_session sh -c 'work=${join(home, name)}.pid; ${DEEDS[does].replaceAll("'", `'"'"'`)}'`;
  const replies = (name: string) => {
    const said = session(name).shell.output().stdout.replaceAll(suffix, '');
    return [...said.matchAll(/token (.*)\n/g)].map(([, reply = '']) => reply);
  };
  const pidOf = (name: string) => {
    const file = join(home, `${name}.pid`);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  };
  const hasBegun = (name: string) => {
    const pid = pidOf(name);
    if (pid > 0 && !begun.has(name)) begun.set(name, startOf(pid) ?? 'never seen');
    return pid > 0;
  };
  const until = async (what: string, isSo: () => boolean) => {
    const endMs = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > endMs) throw new Error(`never: ${what}`);
      await delay(10);
    }
  };
  return {
    replies,
    until,
    startKeeper(name, { kind, lease, isPathMissing, make, number }: KeeperStart) {
      const path = isPathMissing ? join(home, 'missing') : lock;
      const since = `2026-01-01T00:00:0${number}Z`;
      const words = ['lockstep-keeper', 'ann@ctl', name + suffix, since, path, 'why', '-C', '0', kind];
      start(name, { text: keeperText, words, path });
      session(name).shell.send(`token ${lease} 1 ${kind} ${make}`);
    },
    async startWorker(name, of, { does, job }) {
      await session(of).shell.line(/ACQUIRED/);
      const identity = replies(of)[0]?.split(' ')[1] ?? '';
      const words = ['lockstep-hand', of + suffix, job, session(of).path, identity, command(name, of, does)];
      start(name, { text: textOfWorker(COMMAND_TEXT, 1_000), words });
      session(name).shell.send('token');
    },
    go: (name, to, does) => session(to).shell.send(`GO ${command(name, to, does)}`),
    send: (to, text) => session(to).shell.send(text),
    endInput: (name) => session(name).shell.end(),
    async kill(name) {
      await session(name).shell.line(/ACQUIRED/);
      process.kill(Number(replies(name)[0]?.split(/[ :]/)[1]), 'SIGKILL');
    },
    async killJob(name) {
      const keeper = replies(name)[0]?.split(/[ :]/)[1];
      const { pid } = session(name).shell;
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
      for (const child of children) if (child !== keeper) process.kill(Number(child), 'SIGKILL');
    },
    async killWorker(name) {
      process.kill(session(name).shell.pid, 'SIGKILL');
    },
    exitCode: (name) => session(name).code,
    hasBegun,
    isAtWork: (name) => hasBegun(name) && startOf(pidOf(name)) === begun.get(name),
    pass: (seconds) => delay(seconds * 1000),
    async startWitness(of) {
      const look = `read -r stat <"/proc/${pidOf(of)}/stat" && set -- \${stat##*) } && [ "$1" != Z ] && [ "\${20}" = ${begun.get(of)} ]`;
      witness = spawn('flock', ['-x', lock, 'sh', '-c', look], { stdio: 'ignore' });
      witness.on('close', (code) => {
        seen = code === 0 ? 'at work' : 'gone';
      });
    },
    witnessed: () => seen,
    clear() {
      witness?.kill('SIGKILL');
      for (const [name, start] of begun)
        if (startOf(pidOf(name)) === start) process.kill(pidOf(name), 'SIGKILL');
      for (const { shell: each, code } of sessions.values()) if (code === undefined) killGroup(each.pid);
      rmSync(home, { recursive: true, force: true });
    },
  };
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
