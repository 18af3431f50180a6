/**
 * The program of `-L`: a local process that runs as long as the lock is held, with the terminal as its own. It shares
 * lockstep's process group, so that Ctrl-C reaches it as in a shell.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Held } from '../../lock/while-held.ts';
import type { Surroundings } from '../surroundings.ts';
import { startError } from './check-program.ts';
import { descendantsOf, type LocalProcess, living, signalAll } from './local-processes.ts';

export interface ProgramOptions {
  readonly environment: Surroundings['environment'];
  readonly held: Held;
  readonly clock: Clock;
  readonly leaveToProgram: Surroundings['leaveToProgram'];
}

/**
 * Resolves with the program's exit code, as a shell would give it. Rejects with `program-missing` or `program-denied`;
 * and with the reason when the lock is lost or the run ends, after the program and all that it started are gone.
 */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<number> {
  const { held, leaveToProgram, environment } = options;
  const [name = '', ...parameters] = words;
  // Starts nothing for a lock that is about to go back.
  held.check();
  const giveBack = leaveToProgram();
  const child = spawn(name, parameters, { stdio: 'inherit', env: environment });
  // However this process ends, no work may go on under a lock that nobody holds any more.
  const killAll = () => signalAll(processesOf(child), 'SIGKILL');
  process.once('exit', killAll);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(startError(name, error)));
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  let ending: Promise<void> | undefined;
  const onAbort = () => {
    ending = endProgram(child, options.clock);
  };
  held.signal.addEventListener('abort', onAbort, { once: true });
  if (held.signal.aborted) onAbort();
  try {
    const code = await ended;
    held.signal.throwIfAborted();
    return code;
  } finally {
    held.signal.removeEventListener('abort', onAbort);
    await ending;
    process.off('exit', killAll);
    giveBack();
  }
}

/** TERM, then KILL, for the program and all below it: a shell that ends alone would leave its commands at work. */
async function endProgram(child: ChildProcess, clock: Clock): Promise<void> {
  const killAtMs = clock.monotonicMs() + LIMITS.programGraceMs;
  const processes = stopped(child);
  signalAll(processes, 'SIGTERM');
  signalAll(processes, 'SIGCONT');
  while (living(processes).length > 0 && clock.monotonicMs() < killAtMs) {
    await new Promise<void>((resolve) => void clock.after(LIMITS.programLookMs, resolve));
  }
  signalAll([...processes, ...processesOf(child)], 'SIGKILL');
}

/** Stops them all: a child forked between a look and its parent's TERM would have no parent left to be found by. */
function stopped(child: ChildProcess): LocalProcess[] {
  let known: LocalProcess[] = [];
  for (let looks = 0; looks < LIMITS.programStopLooksMax; looks++) {
    const found = processesOf(child);
    if (found.length === known.length) break;
    signalAll(found, 'SIGSTOP');
    known = found;
  }
  return known;
}

function processesOf({ pid }: ChildProcess): LocalProcess[] {
  return pid === undefined ? [] : descendantsOf(pid);
}
