/** The commands at work, each from start to end, with its one timer. They report what happens to the schedule. */
import type { Clock } from '../../core/clock.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome, WorkResult } from '../../core/outcome.ts';
import type { Cut, ScheduleEvent } from '../../schedule/schedule-state.ts';
import { outcomeOf } from './command-end.ts';

/** A node, and the way to start its command there. */
export interface CommandSite {
  readonly node: Node;
  /** Only the schedule calls it; again only when a rollout tries a node once more. */
  start(): StartedCommand;
  /** There is nothing to do. */
  readonly isIdle?: boolean;
}

export interface StartedCommand {
  /** Resolves when the command begins, if it may have to wait: its time counts from then. */
  readonly begun?: Promise<unknown> | undefined;
  /** A rejection ends the run. */
  readonly result: Promise<WorkResult>;
  /** If known: settles when the command itself has ended, while something may still have its output. */
  readonly status?: Promise<unknown> | undefined;
  /** Ends it on its node, with all that it started: TERM, and KILL after the grace. */
  end(): void;
  /** Lets go of it: it has ended, or nobody waits for it any longer. */
  close?(): void;
}

interface AtWork {
  readonly command: StartedCommand;
  readonly giveUp: () => void;
  cut: Cut | undefined;
  cancelTimer: () => void;
}

export class CommandsAtWork {
  readonly #clock: Clock;
  readonly #take: (event: ScheduleEvent) => void;
  readonly #commands = new Map<string, AtWork>();

  constructor(clock: Clock, take: (event: ScheduleEvent) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  /** Resolves with how it ended, and a function that lets go of it. `isCut`: it was lost, and not given up. */
  async serve({
    node: { id },
    start,
  }: CommandSite): Promise<{ outcome: Outcome; isCut: boolean; close(): void }> {
    const command = start();
    let giveUp = () => {};
    const givenUp = new Promise<undefined>((resolve) => {
      giveUp = () => resolve(undefined);
    });
    const own: AtWork = { command, giveUp, cut: undefined, cancelTimer: () => {} };
    this.#commands.set(id, own);
    const began = () => this.#take({ type: 'began', node: id });
    if (command.begun === undefined) began();
    else command.begun.then(began, () => {});
    command.status?.then(
      () => this.#take({ type: 'left', node: id }),
      () => {},
    );
    const result = await Promise.race([command.result, givenUp]);
    own.cancelTimer();
    this.#commands.delete(id);
    const isCut = result?.kind === 'lost';
    return { outcome: outcomeOf(result, own.cut), isCut, close: () => command.close?.() };
  }

  end(id: string, why: Cut): void {
    const own = this.#commands.get(id);
    if (own === undefined) return;
    own.cut = why;
    own.command.end();
  }

  giveUp(id: string): void {
    this.#commands.get(id)?.giveUp();
  }

  setTimer(id: string, afterMs: number): void {
    const own = this.#commands.get(id);
    if (own === undefined) return;
    own.cancelTimer();
    own.cancelTimer = this.#clock.after(afterMs, () => this.#take({ type: 'time', node: id }));
  }

  cancelTimers(): void {
    for (const { cancelTimer } of this.#commands.values()) cancelTimer();
  }
}
