/**
 * Errors of a job file that nothing handles. Node.js would print them as they are, bytes of nodes included, and end the
 * process in the middle of its work; here they end the jobs in order. So does a promise that never settles.
 */
import { LockstepError } from '../core/errors.ts';
import type { LogLevel } from '../core/events.ts';
import { asError } from '../jobs/as-error.ts';
import type { Interrupt } from './signals.ts';

export interface StrayListeners {
  readonly interrupt: Pick<Interrupt, 'signal' | 'trigger'>;
  log(level: LogLevel, message: string): void;
  /** The journal's. */
  noteStack(error: Error): void;
}

/** The returned function leaves such errors to Node.js again. */
export function hearStrays({ interrupt, log, noteStack }: StrayListeners): () => void {
  const hear = (thrown: unknown) => {
    const error = asError(thrown);
    const where = error instanceof LockstepError && error.node !== undefined ? `${error.node.id}: ` : '';
    const message = `an error that nothing handles: ${where}${error.message}`;
    noteStack(error);
    // What lockstep itself has ended says so also to those who do not wait for it.
    if (error instanceof LockstepError && error.code === 'interrupted') return log('debug', message);
    if (interrupt.signal.aborted) return log('error', message);
    const hint = 'await every promise in its action, or give it a catch(); the journal has the stack';
    interrupt.trigger(new LockstepError('job-failed', message, { hint }));
  };
  // Without a timer, a process or a connection nothing ever happens any more, and Node.js would leave with 13.
  const beforeExit = () => interrupt.trigger(new LockstepError('job-failed', STUCK, { hint: STUCK_HINT }));
  const rejectionHandled = () => {};
  const handlers = { uncaughtException: hear, unhandledRejection: hear, rejectionHandled, beforeExit };
  for (const [event, handler] of Object.entries(handlers)) process.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) process.off(event, handler);
  };
}

const STUCK = 'the jobs wait for something that nothing can bring any more';
const STUCK_HINT = 'a promise never settles; where actions are at work the lines above name them';
