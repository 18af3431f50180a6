/**
 * Keeps the leases of all nodes proven: one timer sends a beat to every keeper, and each answer proves that node's lease
 * until T after its beat was sent. What cannot be proven any more is reported once, with the last good beat.
 */
import type { Keeper } from '../node/keeper.ts';
import type { Clock } from './clock.ts';
import { type ClockReading, hasClockJumped, type LeaseTiming, leaseDeadlineMs } from './lease.ts';

interface Lease {
  readonly keeper: Keeper;
  /** When the last answered beat was sent (monotonic ms). */
  provenAtMs: number;
  /** The beat that is not answered yet, and when it was sent. */
  pending: { readonly beat: number; readonly sentAtMs: number } | undefined;
  /** When the first beat fell into its running command. */
  isCommandOld: boolean;
}

export class Heart {
  readonly #clock: Clock;
  readonly #timing: LeaseTiming;
  readonly #onLost: (keeper: Keeper, reason: string) => void;
  readonly #leases = new Map<Keeper, Lease>();
  #beat = 0;
  #lastReading: ClockReading;
  #cancelTimer = () => {};
  #isStopped = false;

  constructor(timing: LeaseTiming, clock: Clock, onLost: (keeper: Keeper, reason: string) => void) {
    this.#timing = timing;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#lastReading = this.#read();
    this.#schedule();
  }

  /** A keeper that has just said ACQUIRED, to a start line sent then. */
  add(keeper: Keeper, startedAtMs: number): void {
    const lease: Lease = { keeper, provenAtMs: startedAtMs, pending: undefined, isCommandOld: false };
    this.#leases.set(keeper, lease);
    keeper.onPong = (beat) => {
      if (lease.pending?.beat !== beat) return;
      lease.provenAtMs = lease.pending.sentAtMs;
      lease.pending = undefined;
    };
    void keeper.gone.then((reason) => this.#lose(lease, reason));
  }

  /** Looks now, without waiting for a timer: after a stall of the event loop the timers come late. */
  check(): void {
    const reading = this.#read();
    const hasJumped = hasClockJumped(this.#lastReading, reading, this.#timing);
    this.#lastReading = reading;
    for (const lease of [...this.#leases.values()]) {
      if (hasJumped) this.#lose(lease, 'the clock jumped: this machine slept, or its clock was set');
      else if (reading.monotonicMs >= leaseDeadlineMs(lease.provenAtMs, this.#timing)) {
        this.#lose(lease, `nothing was heard for ${seconds(reading.monotonicMs - lease.provenAtMs)}`);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#cancelTimer = this.#clock.after(this.#timing.heartbeatMs, () => {
      this.check();
      this.#sendBeats();
      this.#schedule();
    });
  }

  #sendBeats(): void {
    const beat = ++this.#beat;
    const sentAtMs = this.#clock.monotonicMs();
    for (const lease of this.#leases.values()) {
      // Most commands end before their second beat: only those that do not are worth a second channel for answers.
      const isYoungCommand = lease.keeper.isCommandRunning && !lease.isCommandOld;
      lease.isCommandOld = lease.keeper.isCommandRunning;
      if (isYoungCommand && this.#outlastsNextBeat(lease, sentAtMs)) {
        lease.keeper.feed();
        continue;
      }
      lease.pending = { beat, sentAtMs };
      lease.keeper.beat(beat);
    }
    this.#clock.after(this.#timing.answerMs, () =>
      this.#clock.afterPendingInput(() => this.#expectAnswers(beat)),
    );
  }

  /** Whether the answer to the next beat is soon enough, when none to this one is asked for. */
  #outlastsNextBeat({ provenAtMs }: Lease, nowMs: number): boolean {
    const { heartbeatMs, slackMs } = this.#timing;
    return nowMs + heartbeatMs + slackMs < leaseDeadlineMs(provenAtMs, this.#timing);
  }

  #expectAnswers(beat: number): void {
    if (this.#isStopped) return;
    for (const lease of [...this.#leases.values()]) {
      if (lease.pending?.beat === beat) {
        this.#lose(lease, `a heartbeat was not answered within ${seconds(this.#timing.answerMs)}`);
      }
    }
  }

  #lose(lease: Lease, reason: string): void {
    if (this.#isStopped || !this.#leases.delete(lease.keeper)) return;
    const goodMs = this.#clock.monotonicMs() - lease.provenAtMs;
    this.#onLost(lease.keeper, `${reason}; last good heartbeat ${seconds(goodMs)} ago`);
  }

  #read(): ClockReading {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
