/**
 * The program of `-L`: a local process that runs as long as the lock is held, with the terminal as its own. It shares
 * lockstep's process group, so that Ctrl-C reaches it as in a shell.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Held } from '../../lock/while-held.ts';
import { singleLine } from '../../text/single-line.ts';
import type { Surroundings } from '../surroundings.ts';
import { descendantsOf, type LocalProcess, living, signalAll } from './local-processes.ts';

export interface ProgramOptions {
  readonly environment: Surroundings['environment'];
  readonly held: Held;
  readonly clock: Clock;
  readonly leaveToProgram: Surroundings['leaveToProgram'];
}

/**
 * Resolves with the program's exit code, as a shell would give it. Rejects with `program-missing` or `program-denied`;
 * and with the reason when the lock is lost or the run ended, after the program and what it started are gone.
 */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<number> {
  const { held, leaveToProgram, environment } = options;
  const [name = '', ...parameters] = words;
  // Nothing is started for a lock that is about to be given back.
  held.check();
  const giveBack = leaveToProgram();
  const child = spawn(name, parameters, { stdio: 'inherit', env: environment });
  // However this process ends: work under a lock that nobody holds any more is what must not be.
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

/**
 * Looks whether the program could be started, as a shell would, so that no node is asked for its lock in vain.
 * Throws as `runProgram` does.
 */
export function checkProgram([name]: readonly string[], { PATH }: Surroundings['environment']): void {
  if (name === undefined) return;
  const places = name.includes('/') ? [name] : (PATH ?? '').split(':').map((place) => join(place, name));
  // Without PATH the system has one of its own.
  if (!name.includes('/') && PATH === undefined) return;
  let denied: NodeJS.ErrnoException | undefined;
  for (const place of places) {
    try {
      accessSync(place, fsConstants.X_OK);
      if (!statSync(place).isDirectory()) return;
      denied ??= Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') denied ??= error as NodeJS.ErrnoException;
    }
  }
  throw startError(name, denied ?? Object.assign(new Error(), { code: 'ENOENT' }));
}

/** TERM, then KILL, for the program and all below it: a shell that is ended alone would leave its commands at work. */
async function endProgram(child: ChildProcess, clock: Clock): Promise<void> {
  const processes = processesOf(child);
  const killAtMs = clock.monotonicMs() + LIMITS.programGraceMs;
  signalAll(processes, 'SIGTERM');
  while (living(processes).length > 0 && clock.monotonicMs() < killAtMs) {
    await new Promise<void>((resolve) => void clock.after(LIMITS.programLookMs, resolve));
  }
  signalAll([...processes, ...processesOf(child)], 'SIGKILL');
}

function processesOf({ pid }: ChildProcess): LocalProcess[] {
  return pid === undefined ? [] : descendantsOf(pid);
}

function startError(name: string, error: NodeJS.ErrnoException): LockstepError {
  const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  const why = isMissing ? 'no such program' : error.code === 'EACCES' ? 'permission denied' : error.message;
  const text = `cannot start '${singleLine(name, LIMITS.quotedInputCharsMax)}': ${why}`;
  return new LockstepError(isMissing ? 'program-missing' : 'program-denied', text);
}
