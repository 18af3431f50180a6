/** Commands of this machine, each in a process group of its own, which ends as one. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { accountName } from '../../core/surroundings.ts';
import { codeOf, systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { CommandEnd, Ground, Site, Started, StartOptions } from '../types.ts';
import { LocalGroup } from './local-group.ts';
import { transferHere } from './transfer-here.ts';

export interface LocalSettings {
  readonly clock: Clock;
  readonly killGraceMs: number;
}

export function localGround(settings: LocalSettings, site: Site): Ground {
  return {
    start: (command, how) => startLocally(command, how, settings),
    transfer: (what) => transferHere(what, site),
  };
}

function startLocally(command: string, how: StartOptions, settings: LocalSettings): Started {
  const [file, ...words] = argvOf(command, how);
  let child: ChildProcess;
  try {
    child = spawn(file, words, {
      cwd: how.cwd,
      env: { ...process.env, ...how.env },
      stdio: [how.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (error) {
    // An argument list that is too long, for example.
    return { result: Promise.reject(startError(error, how)), end: () => {} };
  }
  const left = new Promise<CommandEnd>((resolve, reject) => {
    child.once('error', (error) => reject(startError(error, how)));
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  const heard = Promise.all([
    listen(child.stdout, (chunk) => how.onStdout(chunk)),
    listen(child.stderr, (chunk) => how.onStderr(chunk)),
  ]);
  const group = new LocalGroup(child.pid, { ...settings, become: how.become, heard });
  const letGoOfInput = feed(child, how.stdin);
  const givenUp = group.givenUp.then(() => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    if (group.isThere()) throw new LockstepError('command-failed', 'was told to end, and has not');
  });
  givenUp.catch(() => {});
  const end = Promise.race([left, givenUp.then(() => left)]);
  const result = end.then(async (its) => {
    await Promise.race([heard, givenUp]);
    await group.gone();
    return its;
  });
  let isOver = false;
  const settled = () => {
    isOver = true;
    letGoOfInput();
  };
  result.then(settled, settled);
  // The number of a group that is gone may be another's by now.
  return { result, end: () => (isOver ? undefined : group.end()) };
}

/** The arguments name variables but never hold values: everybody can read arguments. */
function argvOf(command: string, { become, env }: StartOptions): [string, ...string[]] {
  if (become === undefined || become === accountName()) return ['sh', '-c', command];
  const kept = Object.keys(env);
  const preserve = kept.length === 0 ? [] : [`--preserve-env=${kept.join(',')}`];
  return ['sudo', '-n', '-u', become, ...preserve, '--', 'sh', '-c', command];
}

function startError(error: unknown, { cwd, become }: StartOptions): LockstepError {
  const where = cwd === undefined ? '' : ` in ${quoteInput(cwd)}`;
  const missing = cwd === undefined ? (become === undefined ? 'no sh here' : 'no sudo here') : undefined;
  const reason =
    codeOf(error) === 'ENOENT' ? (missing ?? 'no such directory, or no program') : systemErrorText(error);
  return new LockstepError('local-refusal', `cannot start a command${where}: ${reason}`, { causes: [error] });
}

async function listen(
  stream: Readable | null,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  try {
    for await (const chunk of stream ?? []) await take(chunk as Buffer);
  } catch {
    // The program has destroyed it.
  }
}

/** A command need not read all of its input. The returned function lets go of a stream. */
function feed({ stdin }: ChildProcess, input: StartOptions['stdin']): () => void {
  // A process that did not start has none.
  if (!stdin || input === undefined) return () => {};
  stdin.on('error', () => {});
  if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else if (input.readableEnded) stdin.end();
  else {
    input.pipe(stdin);
    return () => void input.unpipe(stdin);
  }
  return () => {};
}
