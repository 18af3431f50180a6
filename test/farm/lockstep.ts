/** Runs the built program against a farm, as a user would, with a home of its own and no agent. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CANARY, refuseLeaks } from './canary.ts';
import type { Farm } from './farm.ts';
import { until } from './process.ts';

export interface LockstepOptions {
  readonly farm: Pick<Farm, 'home' | 'atStop'>;
  readonly env?: NodeJS.ProcessEnv;
  /** All of standard input; without it the input stays open, and empty, until `write()` or the end. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** Those of the home, and of this machine. */
  readonly readsSshConfig?: boolean;
  /** Another bin/lockstep.js than that of this checkout. */
  readonly program?: string;
}

export interface Lockstep {
  readonly pid: number;
  /** What it printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves with the first match in what it prints, standard output first; rejects when it ends without one. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  write(input: string | Buffer): void;
  endInput(): void;
}

export function lockstep(args: readonly string[], options: LockstepOptions): Lockstep {
  const { farm, env = {}, input, cwd, program = ownProgram, readsSshConfig = false } = options;
  // What this machine's own files say must decide no test.
  const configured = readsSshConfig || !args[0]?.startsWith('-') ? args : ['-F', 'none', ...args];
  const child = spawn(process.execPath, [program, ...configured], {
    cwd: cwd ?? farm.home,
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: farm.home, ...env },
    stdio: 'pipe',
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  // A program that ends before it has read its input is no error of the test.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const exited = new Promise<Awaited<Lockstep['exited']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  let hasEnded = false;
  const noteEnd = () => {
    hasEnded = true;
  };
  exited.then(noteEnd, noteEnd);
  farm.atStop(() => {
    child.kill('SIGKILL');
    const said = `${printed.stdout}${printed.stderr}`;
    if (said.includes(CANARY)) refuseLeaks([`what was printed by lockstep ${args.join(' ')}`]);
  });

  return {
    pid: child.pid ?? 0,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    exited,
    async waitForOutput(pattern) {
      const find = () => pattern.exec(printed.stdout) ?? pattern.exec(printed.stderr);
      const everything = () => `standard output:\n${printed.stdout}\nstandard error:\n${printed.stderr}`;
      await until(`${pattern} is printed`, () => find() !== null || hasEnded).catch((error) => {
        throw new Error(`${error.message}; ${everything()}`);
      });
      const found = find();
      if (found === null) throw new Error(`it ended without printing ${pattern}; ${everything()}`);
      return found;
    },
    kill: (signal) => child.kill(signal),
    write: (text) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
  };
}

const byRequest = process.env.LOCKSTEP_BY_REQUEST === '1';
const ownProgram = fileURLToPath(
  new URL(byRequest ? './by-request.mjs' : '../../bin/lockstep.js', import.meta.url),
);
