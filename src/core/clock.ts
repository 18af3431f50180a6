/** Time, passed in: the real clock below, or the simulation's. */
export interface Clock {
  /** Milliseconds that never jump, but stand still while the machine sleeps. */
  monotonicMs(): number;
  /** Milliseconds since the epoch: jumps, but also counts a machine's sleep. */
  wallMs(): number;
  /** Calls back once, after so many monotonic milliseconds; the returned function calls it off. */
  after(delayMs: number, callback: () => void): () => void;
  /** Lets all input that has already arrived be taken in first. */
  afterPendingInput(callback: () => void): void;
}

/** Both clocks at one time. */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function readClock(clock: Clock): ClockReading {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  // Timers run before the poll for input; two turns of the loop later everything that had arrived was read.
  afterPendingInput: (callback) => void setImmediate(() => setImmediate(callback)),
};

/** Rejects with the error when the promise takes longer. */
export async function withTimeout<T>(
  promise: Promise<T>,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  error: () => Error,
): Promise<T> {
  let cancel = () => {};
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => reject(error()));
  });
  return Promise.race([promise, timeout]).finally(() => cancel());
}

/** Waits for the promise, but no longer than that: what hangs on the other side must not hold us. */
export async function atMost(
  promise: Promise<unknown>,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<void> {
  let cancel = () => {};
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(timeoutMs, resolve);
  });
  await Promise.race([promise, patience]).finally(() => cancel());
}

/** Rejects with the signal's reason as soon as it aborts; what was asked for is left to itself. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
