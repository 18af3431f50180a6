/** Mode `-L`: holds the lock for whoever joins, until the program has ended or, without one, until an interrupt. */
import { LockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { quoteAll } from '../../node/quote.ts';
import { openSession } from '../../session/holder.ts';
import type { HeldRun } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { runProgram } from './program.ts';

export async function holdLock(work: HeldRun, { program }: WorkOf<'lock'>): Promise<void> {
  // The program of a call inside a session joins that same session.
  if (work.joinedPath !== undefined) return holdFor(work.joinedPath, work, program);
  const { sites, held, clock, here } = work;
  const [first] = sites;
  if (first === undefined) throw new LockstepError('bug', 'a lock without a node');
  for (const { keeper } of sites) keeper.announceSession();
  const session = await openSession({
    connections: sites.map(({ connection }) => connection),
    settings: first.keeper.settings,
    root: here.sudoPassword && { user: 'root', passwordOn: here.sudoPassword },
    areCallsExpected: program.length > 0 || here.whileSession !== undefined,
    runtimeDirectory: here.environment.XDG_RUNTIME_DIR,
    clock,
    check: () => held.check(),
    // Their commits may need time to finish, however this run ends.
    onWork: () => held.beginCommit(),
  });
  const tellOver = () => void session.close(overError(held.signal.reason));
  held.signal.addEventListener('abort', tellOver, { once: true });
  try {
    await holdFor(session.socketPath, work, program);
  } finally {
    held.signal.removeEventListener('abort', tellOver);
    await session.close(overError(held.signal.reason));
    for (const [number, { keeper }] of sites.entries()) if (session.isAlone(number)) keeper.announceAlone();
  }
}

async function holdFor(socketPath: string, work: HeldRun, words: readonly string[]): Promise<void> {
  const { held, tell, heard, identity, clock, here } = work;
  if (words.length === 0 && here.whileSession !== undefined) {
    return unlessAborted(held.signal, here.whileSession({ socketPath, signal: held.signal }));
  }
  if (words.length === 0) return holdUntilAborted(socketPath, work);
  tell({ type: 'program' });
  await heard();
  const code = await runProgram(words, {
    environment: { ...here.environment, LOCKSTEP_SESSION: socketPath, LOCKSTEP_RUN: identity.run },
    held,
    clock,
    leaveToProgram: here.leaveToProgram,
  });
  tell({ type: 'log', level: 'debug', message: `the program has ended with code ${code}` });
  work.progress.programCode = code;
}

/** Scripts wait for the words of the warning, and some take anything after it for the loss of the lock. */
async function holdUntilAborted(socketPath: string, { tell, held, request }: HeldRun): Promise<void> {
  tell({
    type: 'log',
    level: 'info',
    message: howToJoin(socketPath, request.connect.asRoot),
    isToCopy: true,
  });
  tell({ type: 'log', level: 'warn', message: '-L|--lock was passed, waiting for interrupt...' });
  await unlessAborted(held.signal, new Promise<never>(() => {}));
}

function howToJoin(socketPath: string, asRoot: boolean): string {
  return `to work under this lock: LOCKSTEP_SESSION=${quoteAll([socketPath])} lockstep${asRoot ? ' -x' : ''} -C …`;
}

/** A lost lock is lost for those who joined, too; any other end is the end of the session. */
function overError(reason: unknown): LockstepError {
  if (!(reason instanceof LockstepError)) return new LockstepError('session-gone', 'the session has ended');
  if (reason.code === 'lock-lost') {
    const where = reason.node === undefined ? '' : `${reason.node.id} `;
    return new LockstepError('lock-lost', `the lock of the session was lost: ${where}${reason.message}`);
  }
  return new LockstepError('session-gone', `the session was ended: ${reason.message}`);
}
