/** Waits of a rollout: before another try, between two slots, and for a lost node to end its work. */
import type { Clock } from '../../core/clock.ts';
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { ScheduleEffect } from '../../schedule/schedule-state.ts';
import { outcomeText } from '../../text/outcome-text.ts';
import { sanitiseText } from '../../text/sanitise.ts';

export interface WaitSettings {
  readonly clock: Clock;
  readonly tell: Tell;
  /** Asks somebody; left out if nobody can be asked. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** A node before another try, and how its work ended. */
export interface Tried {
  readonly node: Node;
  readonly outcome: Outcome;
}

export interface PauseHands {
  goOn(): void;
  /** The answer was that the rollout should not go on. */
  halt(): void;
  /** Nobody could answer. */
  fail(reason: unknown): void;
}

export class RolloutWaits {
  readonly #settings: WaitSettings;
  /** Each cancels a timer. */
  readonly #timers = new Set<() => void>();
  /** The same, by the node that waits for another try. */
  readonly #retries = new Map<string, () => void>();
  /** There is one terminal: only one question is on it at a time. */
  #asked: Promise<unknown> = Promise.resolve();
  #isOver = false;
  /** Questions that were answered with no, or that nobody asked after that. */
  #refused: (() => void)[] = [];

  constructor(settings: WaitSettings) {
    this.#settings = settings;
  }

  beforeRetry(
    { afterMs, triesLeft }: Extract<ScheduleEffect, { type: 'retry' }>,
    tried: Tried | undefined,
    tryAgain: () => void,
  ): void {
    if (tried === undefined) return;
    const { clock, tell } = this.#settings;
    const { node, outcome } = tried;
    const times = triesLeft === 1 ? 'once' : `${triesLeft} times`;
    const more = triesLeft === 0 ? 'for the last time' : `and ${times} more where it fails`;
    const message = `${outcomeText(outcome)}: it is tried again in ${afterMs / 1000} s, ${more}`;
    tell({ type: 'log', level: 'warn', node, message });
    tell({ type: 'node-retries', node, outcome, afterMs, triesLeft });
    this.#retries.set(node.id, clock.after(afterMs, tryAgain));
  }

  /** This node starts: perhaps early, if somebody has skipped it and then wants another try. */
  endOf(node: string): void {
    this.#retries.get(node)?.();
    this.#retries.delete(node);
  }

  /** What was lost there may go on until then. */
  forLeash(node: Node, leashMs: number, goOn: () => void): void {
    const { clock, tell } = this.#settings;
    const message = `its command may still run, until the node ends it by itself: it keeps its places for ${Math.ceil(leashMs / 1000)} s`;
    tell({ type: 'log', level: 'warn', node, message });
    this.#timers.add(clock.after(leashMs, goOn));
  }

  beforeSlot(effect: Extract<ScheduleEffect, { type: 'pause' }>, hands: PauseHands): void {
    this.#beforeSlot(effect, hands).catch(hands.fail);
  }

  /** After a no the run goes on all the same: it asks the same questions anew. */
  askAgain(): void {
    this.#isOver = false;
    for (const ask of this.#refused.splice(0)) ask();
  }

  async #beforeSlot(effect: Extract<ScheduleEffect, { type: 'pause' }>, hands: PauseHands): Promise<void> {
    const { clock, tell } = this.#settings;
    const { until, slot, name } = effect;
    const what = sanitiseText(`${slot} (${name})`);
    tell({ type: 'paused', thread: name, slot, ...(until === 'confirm' ? {} : { ms: until.ms }) });
    if (until !== 'confirm') {
      tell({ type: 'log', level: 'info', message: `pauses for ${until.ms / 1000} s before ${what}` });
      this.#timers.add(clock.after(until.ms, hands.goOn));
    } else if (await this.#ask(`begin with ${what}? [y/N] `)) {
      hands.goOn();
    } else {
      this.#isOver = true;
      this.#refused.push(() => this.beforeSlot(effect, hands));
      hands.halt();
    }
  }

  #ask(question: string): Promise<boolean> {
    const answer = this.#asked.then(async () => {
      if (this.#isOver) return false;
      return (await this.#settings.confirm?.(question)) === true;
    });
    this.#asked = answer.catch(() => {});
    return answer;
  }

  /** Waits for nothing more. */
  cancel(): void {
    this.#isOver = true;
    for (const cancel of [...this.#timers, ...this.#retries.values()]) cancel();
  }
}
