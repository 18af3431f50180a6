/** Runs one command and says what it cost. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Quantity } from './work.ts';

/** Times in ms, memory in 10^6 bytes; without places of which some could be idle, none is. */
export type Measurement = Readonly<Record<Quantity, number>>;

export interface Ran {
  readonly code: number;
  readonly startedAtMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly largestMb: number;
  readonly sumMb: number;
  readonly stdout: string;
  /** The end of what it said to standard error. */
  readonly complaint: string;
}

export interface MeasureOptions {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Words before the command that choose where it runs. */
  readonly prefix: readonly string[];
  readonly output: 'file' | 'null';
  /** Ends the command when the bench is ended. */
  readonly signal: AbortSignal;
}

/** A command that fails is a result; rejects when it takes too long or cannot be measured. */
export async function measure(command: string, options: MeasureOptions): Promise<Ran> {
  const { directory, environment, prefix, output, signal } = options;
  const stdoutPath = output === 'null' ? '/dev/null' : join(directory, 'stdout');
  const stderrPath = join(directory, 'stderr');
  const [program = 'python3', ...words] = [
    ...prefix,
    'python3',
    measureScript,
    command,
    stdoutPath,
    stderrPath,
  ];
  // A group of its own, so that all of it can be ended at once.
  const child = spawn(program, words, {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const kill = () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  const timer = setTimeout(kill, runSecondsMax * 1000);
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearTimeout(timer);
  signal.removeEventListener('abort', kill);
  if (code !== 0) throw new Error(`it was not measured to its end, or took more than ${runSecondsMax} s`);
  const stdout = output === 'null' ? '' : readFileSync(stdoutPath, 'utf8');
  const complaint = readFileSync(stderrPath, 'utf8').trim().split('\n').slice(-3).join(' / ').slice(-300);
  return { ...(JSON.parse(answer) as Omit<Ran, 'stdout' | 'complaint'>), stdout, complaint };
}

const runSecondsMax = 900;

const measureScript = fileURLToPath(new URL('measure.py', import.meta.url));
