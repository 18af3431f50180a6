/**
 * Keeps the leases of all nodes proven: one timer sends a beat to every keeper, and each answer proves that node's
 * lease until T after its beat was sent. It reports a lease that nothing proves any more once, with the last good beat.
 */

import { type Clock, type ClockReading, readClock } from '../core/clock.ts';
import { durationText } from '../core/duration.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import { hasClockJumped, type LeaseTiming, leaseDeadlineMs, passedMs } from './lease.ts';

interface Lease {
  readonly keeper: HeldKeeper;
  /** When the last answered beat was sent. */
  provenAt: ClockReading;
  /** Beats without an answer yet, and when each was sent: the next one may go out before an answer is overdue. */
  readonly unanswered: Map<number, ClockReading>;
  /** When the first beat fell into its running command. */
  isCommandOld: boolean;
}

export class Heart {
  readonly #clock: Clock;
  readonly #timing: LeaseTiming;
  readonly #onLost: (keeper: HeldKeeper, reason: string) => void;
  readonly #leases = new Map<HeldKeeper, Lease>();
  #beat = 0;
  /** Timers of answers that are not yet due. */
  readonly #cancelAnswers = new Set<() => void>();
  #cancelTimer = () => {};
  #isStopped = false;

  constructor(timing: LeaseTiming, clock: Clock, onLost: (keeper: HeldKeeper, reason: string) => void) {
    this.#timing = timing;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#schedule();
  }

  /** Adds a keeper that has just said ACQUIRED, in answer to a start line sent at that time. */
  add(keeper: HeldKeeper, startedAt: ClockReading): void {
    const lease: Lease = { keeper, provenAt: startedAt, unanswered: new Map(), isCommandOld: false };
    this.#leases.set(keeper, lease);
    keeper.watch({
      onPong: (beat) => {
        const sentAt = lease.unanswered.get(beat);
        if (sentAt === undefined) return;
        lease.provenAt = sentAt;
        lease.unanswered.delete(beat);
      },
      onEnding: (cause) => this.#lose(lease, ENDINGS.get(cause) ?? `its keeper ended: ${cause}`),
      onMute: (reason) => this.#lose(lease, `its command cannot be watched: ${reason}`),
    });
    void keeper.gone.then((reason) => this.#lose(lease, reason));
    // Its lease counts from before its login: where that was slow, little of it would be left for a second login, that of the
    // channel which answers beside a command. An answer behind a jump of the clock would hide that.
    const now = readClock(this.#clock);
    const isSlow = passedMs(startedAt, now) > this.#timing.leaseMs / 6;
    if (isSlow && !hasClockJumped(startedAt, now, this.#timing)) this.#ask(lease, ++this.#beat, now);
  }

  remove(keeper: HeldKeeper): void {
    this.#leases.delete(keeper);
  }

  /** Checks all leases now. After a stall of the event loop the timers come late. */
  check(): void {
    const now = readClock(this.#clock);
    const { leaseMs, slackMs } = this.#timing;
    for (const lease of [...this.#leases.values()]) {
      const silentMs = passedMs(lease.provenAt, now);
      if (hasClockJumped(lease.provenAt, now, this.#timing)) {
        this.#lose(lease, 'the clock jumped: this machine slept, or its clock was set');
      } else if (silentMs >= leaseMs - slackMs)
        this.#lose(lease, `nothing was heard for ${durationText(silentMs)}`);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    for (const cancel of this.#cancelAnswers) cancel();
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
    const sentAt = readClock(this.#clock);
    for (const lease of this.#leases.values()) {
      // Most commands end before their second beat: only the others are worth a second channel for answers.
      const isYoungCommand = lease.keeper.isCommandRunning && !lease.isCommandOld;
      lease.isCommandOld = lease.keeper.isCommandRunning;
      if (isYoungCommand && this.#outlastsNextBeat(lease, sentAt)) {
        lease.keeper.feed();
        continue;
      }
      this.#ask(lease, beat, sentAt);
    }
    const cancel = this.#clock.after(this.#timing.answerMs, () => {
      this.#cancelAnswers.delete(cancel);
      this.#clock.afterPendingInput(() => this.#expectAnswers(beat));
    });
    this.#cancelAnswers.add(cancel);
  }

  #ask(lease: Lease, beat: number, sentAt: ClockReading): void {
    lease.unanswered.set(beat, sentAt);
    lease.keeper.beat(beat);
  }

  /** Whether the answer to the next beat would come in time to prove the lease, if this beat asked for none. */
  #outlastsNextBeat({ provenAt }: Lease, now: ClockReading): boolean {
    const { heartbeatMs, slackMs } = this.#timing;
    return now.monotonicMs + heartbeatMs + slackMs < leaseDeadlineMs(provenAt.monotonicMs, this.#timing);
  }

  #expectAnswers(beat: number): void {
    if (this.#isStopped) return;
    for (const lease of [...this.#leases.values()]) {
      if (!lease.unanswered.has(beat)) continue;
      if (lease.keeper.isPulseConnecting) this.#checkAtDeadline(lease);
      else {
        this.#lose(lease, `a heartbeat was not answered within ${durationText(this.#timing.answerMs)}`);
      }
    }
  }

  /** An answer over a second connection has until the lease runs out. */
  #checkAtDeadline({ provenAt }: Lease): void {
    const now = this.#clock.monotonicMs();
    const leftMs = leaseDeadlineMs(provenAt.monotonicMs, this.#timing) - now;
    const cancel = this.#clock.after(Math.max(0, leftMs), () => {
      this.#cancelAnswers.delete(cancel);
      this.check();
    });
    this.#cancelAnswers.add(cancel);
  }

  #lose(lease: Lease, reason: string): void {
    if (this.#isStopped || !this.#leases.delete(lease.keeper)) return;
    const goodMs = passedMs(lease.provenAt, readClock(this.#clock));
    this.#onLost(lease.keeper, `${reason}; last good heartbeat ${durationText(goodMs)} ago`);
  }
}

/** Why a keeper ends a run by itself. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['signal', 'somebody ended this run on the node, by --lock-break or a signal'],
  ['killed', 'its keeper was killed on the node'],
  ['shell killed', 'the shell of its keeper was killed on the node'],
  ['fork', 'the node cannot start another process (ulimit -u, a limit of the cgroup)'],
  ['expired', 'the node heard nothing for the length of the lease'],
]);
