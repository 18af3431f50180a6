/** Ctrl-C and its kin: the first one ends the run in order, or halts it if it can; the next one ends it at once. */
import { EndedByUser, EXIT, type LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hangup' } as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Ends the run in order, for a reason that is not a signal. */
  trigger(reason: LockstepError): void;
  /** From now on Ctrl-C belongs to the program that shares the terminal; the returned function takes it back. */
  leaveToProgram(): () => void;
  /** Offers Ctrl-C to `take` first, until the returned function is called: if `take` accepts, the run does not end. */
  onInterrupt(take: () => boolean): () => void;
  /** Stops listening: signals have their default effects again. */
  stop(): void;
  /** Ends this process as the signal that came would have: a file system that hangs holds a thread, and every other end waits for that. */
  obey(): void;
}

export interface SignalListeners {
  /** Says the last words of a run whose user does not wait for its orderly end. They have a moment, and no more. */
  leave(): Promise<void>;
  /** SIGUSR1: somebody wants to know how far the run is. */
  tellAtWork(): void;
  /** Ctrl-Z: the shell's prompt should appear below lockstep's last line. */
  leaveLine(): Promise<void>;
}

export function watchSignals({ leave: tellLeaving, tellAtWork, leaveLine }: SignalListeners): Interrupt {
  const controller = new AbortController();
  let isLeftToProgram = false;
  let isLeaving = false;
  let takeInterrupt = () => false;
  let signalName: string | undefined;
  const leave = (exitCode: number) => {
    if (isLeaving) process.exit(exitCode);
    isLeaving = true;
    const exit = () => process.exit(exitCode);
    setTimeout(exit, LIMITS.leaveMs);
    void tellLeaving().finally(exit);
  };
  const handlers = Object.entries(SIGNALS).map(([name, code]) => {
    const handler = () => {
      if (isLeftToProgram && name === 'SIGINT') return;
      if (controller.signal.aborted) return leave(EXIT[code]);
      if (name === 'SIGINT' && takeInterrupt()) return;
      signalName = name;
      controller.abort(new EndedByUser(code, name));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  // By default Node.js would open its debugger.
  process.on('SIGUSR1', tellAtWork);
  const stopWaiting = waitForStop(leaveLine);
  const stop = () => {
    stopWaiting();
    process.off('SIGUSR1', tellAtWork);
    for (const off of handlers) off();
  };
  return {
    signal: controller.signal,
    trigger: (reason) => controller.abort(reason),
    leaveToProgram: () => {
      isLeftToProgram = true;
      return () => {
        isLeftToProgram = false;
      };
    },
    onInterrupt: (take) => {
      takeInterrupt = take;
      return () => {
        takeInterrupt = () => false;
      };
    },
    stop,
    obey: () => {
      stop();
      if (signalName !== undefined) process.kill(process.pid, signalName);
    },
  };
}

/** Stops as by default, unless nobody could wake this process, and listens again when it goes on. */
function waitForStop(leaveLine: () => Promise<void>): () => void {
  const handler = () => {
    const moment = new Promise((resolve) => setTimeout(resolve, LIMITS.leaveMs));
    void Promise.race([leaveLine(), moment]).then(() => {
      process.off('SIGTSTP', handler);
      process.kill(process.pid, 'SIGTSTP');
      process.on('SIGTSTP', handler);
    });
  };
  process.on('SIGTSTP', handler);
  return () => process.off('SIGTSTP', handler);
}
