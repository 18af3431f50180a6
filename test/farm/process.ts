/** Runs a program to its end and keeps what it printed; for the farm, the containers and their tests. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PATIENCE_MS } from '../patience.ts';

export interface Ended {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CaptureOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  /** After this the program is killed and the promise rejects. */
  readonly timeoutMs?: number;
}

/** Rejects when the program cannot be started or takes too long; a non-zero exit code is a result like any other. */
export function capture(
  command: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Ended> {
  const { env = process.env, input = '', timeoutMs = PATIENCE_MS.wait } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${command} ${args.join(' ')}: no end after ${timeoutMs} ms`));
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program may end without reading its input.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** The same for a program that must succeed: gives its standard output, rejects with its standard error. */
export async function captureOrThrow(
  command: string,
  args: readonly string[],
  options?: CaptureOptions,
): Promise<string> {
  const { code, stdout, stderr } = await capture(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr.trim()}`);
  return stdout;
}

/** Asks again every `pauseMs` until the answer is yes; rejects with `what` when it never is. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  { timeoutMs = PATIENCE_MS.wait, pauseMs = 10 } = {},
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Whether a process of this machine is there; one that nobody has reaped yet is not. */
export function isAlive(pid: number | string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}
