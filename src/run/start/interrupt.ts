/** Ctrl-C and its kin: the first one ends the run in order, the second one at once. */
import { EXIT, LockstepError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hangup' } as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Ends the run in order, for a reason that is not a signal. */
  trigger(code: 'hangup', reason: string): void;
  /** From here Ctrl-C is the program's that shares the terminal; the returned function takes it back. */
  leaveToProgram(): () => void;
  /** Gives the signals back to their defaults. */
  stop(): void;
}

/** `tellLeaving`: the last words of a run whose user does not wait for its orderly end; they have a moment, and no more. */
export function watchInterrupt(tellLeaving: () => Promise<void> = async () => {}): Interrupt {
  const controller = new AbortController();
  let isLeftToProgram = false;
  let isLeaving = false;
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
      const brief = { text: name === 'SIGINT' ? 'ended by Ctrl-C' : `ended by ${name}`, causes: [] };
      controller.abort(new LockstepError(code, `ended by ${name}`, { brief }));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  return {
    signal: controller.signal,
    trigger: (code, reason) => controller.abort(new LockstepError(code, reason)),
    leaveToProgram: () => {
      isLeftToProgram = true;
      return () => {
        isLeftToProgram = false;
      };
    },
    stop: () => {
      for (const off of handlers) off();
    },
  };
}
