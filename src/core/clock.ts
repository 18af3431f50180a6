/** Time, passed in: the real clock below, or the simulation's. */
export interface Clock {
  /** Milliseconds that never jump, but stand still while the machine sleeps. */
  monotonicMs(): number;
  /** Milliseconds since the epoch: they jump, but also count a machine's sleep. */
  wallMs(): number;
  /** Calls back once, after `delayMs` monotonic milliseconds; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back after all input that has already arrived is read. */
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
  // performance.now() would load nine modules of Node.js that nothing else needs.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  // Timers run before the poll for input; two turns of the loop later Node has read all that had arrived.
  afterPendingInput: (callback) => void setImmediate(() => setImmediate(callback)),
};
