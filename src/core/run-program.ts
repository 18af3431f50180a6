/** Runs a program of this machine for what it prints, bounded in time and bytes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { LIMITS } from './limits/limits.ts';
import { readWhole } from './read-whole.ts';

export interface ProgramCall {
  /** The program and its arguments, passed on unchanged. */
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborting it ends the program; the reason is that of the rejection. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

/** `how`: how the program ended, to stand behind its name. `said`: its last line on stderr, unchanged. */
export class ProgramFailure extends Error {
  readonly how: string;
  readonly said: string;

  constructor(how: string, said = '') {
    super(how);
    this.how = how;
    this.said = said;
  }
}

/**
 * Resolves to the program's output once it has ended with 0; rejects with ProgramFailure otherwise. When it takes too
 * long or the signal aborts, ends the program and all that it has started.
 */
export async function runProgram({
  argv: [file, ...args],
  environment,
  signal,
  timeoutMs,
  bytesMax,
}: ProgramCall): Promise<string> {
  signal.throwIfAborted();
  // The program leads a process group, so that what it starts can be ended with it.
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment, detached: true });
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([signal, timeout]);
  let isOver = false;
  const end = () => {
    if (!isOver) killGroup(child);
  };
  ends.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    const said = readTail(child);
    const [printed, status, words] = await Promise.all([
      readWhole(child.stdout, bytesMax, () => new ProgramFailure(`printed more than ${bytesMax} bytes`)),
      statusOf(child),
      said,
    ]);
    isOver = true;
    signal.throwIfAborted();
    if (timeout.aborted) throw new ProgramFailure(`took longer than ${timeoutMs / 1000} s`, words);
    if (status !== 'exit code 0') throw new ProgramFailure(`ended with ${status}`, words);
    return printed;
  } finally {
    end();
    process.off('exit', end);
    ends.removeEventListener('abort', end);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}

function statusOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      reject(new ProgramFailure(`cannot be started: ${REASONS.get(code ?? '') ?? message}`)),
    );
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such program'],
  ['EACCES', 'permission denied'],
]);

/** Returns the last line of stderr, which says what went wrong. */
async function readTail({ stderr }: ChildProcess): Promise<string> {
  let tail = '';
  for await (const chunk of stderr ?? []) tail = (tail + String(chunk)).slice(-LIMITS.serverTextCharsMax);
  return tail.trim();
}
