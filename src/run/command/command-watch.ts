/**
 * Ends commands before their own end: each by its time limit (`--timeout`), and all that still run by the first that
 * fails (`--fail-fast`). Without either it only waits.
 */

import type { Clock } from '../../core/clock.ts';
import type { Emit } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import type { ChannelResult, Outcome } from '../../core/outcome.ts';
import type { WorkOf } from '../request.ts';
import { type Cut, isFailure, outcomeOf } from './command-end.ts';

/** What may end a command before its own end. */
export type CommandLimits = Pick<WorkOf<'command'>, 'timeoutMs' | 'isFailFast'>;

/** The watch over the commands of a run. */
export function watchCommands(
  { timeoutMs, isFailFast }: CommandLimits,
  { clock, emit, killGraceMs }: { clock: Clock; emit: Emit; killGraceMs: number },
): CommandWatch {
  const onFirstFailure = (node: Node, others: number) => {
    const message = `${node.id} failed first: --fail-fast ends the command on ${others} other nodes`;
    void emit({ type: 'log', level: 'warn', message });
  };
  return new CommandWatch({ timeoutMs, isFailFast, killGraceMs, clock, onFirstFailure });
}

export interface CommandWatchOptions {
  /** `--timeout`; undefined: none. */
  readonly timeoutMs: number | undefined;
  readonly isFailFast: boolean;
  /** Between TERM and KILL on the nodes. */
  readonly killGraceMs: number;
  readonly clock: Clock;
  /** `--fail-fast`: told once, before the others are ended; how many these are. */
  onFirstFailure(node: Node, others: number): void;
}

/** A command on a node. */
export interface WatchedCommand {
  /** Resolves when it begins, where it may have to wait for that: its time counts from there. */
  readonly begun?: Promise<void> | undefined;
  readonly result: Promise<ChannelResult>;
  /** Where it is known: settles when the command itself has ended, while something may still have its output. */
  readonly status?: Promise<ChannelResult> | undefined;
  /** Has it ended on its node, and all that it started: TERM, and KILL after the grace. */
  end(): void;
}

interface Running {
  readonly command: WatchedCommand;
  readonly giveUp: () => void;
  cut: Cut | undefined;
  cancelTimer: () => void;
}

export class CommandWatch {
  readonly #options: CommandWatchOptions;
  readonly #running = new Set<Running>();
  #firstFailed: Node | undefined;

  constructor(options: CommandWatchOptions) {
    this.#options = options;
  }

  /** Resolves when the command has ended, or could not be ended in time. */
  async outcome(node: Node, command: WatchedCommand): Promise<Outcome> {
    let giveUp = () => {};
    const givenUp = new Promise<undefined>((resolve) => {
      giveUp = () => resolve(undefined);
    });
    const running: Running = { command, giveUp, cut: undefined, cancelTimer: () => {} };
    this.#running.add(running);
    const { timeoutMs, clock } = this.#options;
    if (this.#firstFailed !== undefined) this.#failFast(running, this.#firstFailed);
    else if (timeoutMs !== undefined) {
      const cut: Cut = { kind: 'timeout', afterMs: timeoutMs };
      const start = () => {
        if (!this.#running.has(running) || running.cut !== undefined) return;
        running.cancelTimer = clock.after(timeoutMs, () => this.#end(running, cut));
      };
      if (command.begun === undefined) start();
      else command.begun.then(start, () => {});
    }
    const result = await Promise.race([command.result, givenUp]);
    running.cancelTimer();
    this.#running.delete(running);
    const outcome = outcomeOf(result, running.cut);
    if (this.#options.isFailFast && isFailure(outcome)) this.#endOthers(node);
    return outcome;
  }

  /** Ends nothing more: the run is over. */
  close(): void {
    for (const { cancelTimer } of this.#running) cancelTimer();
    this.#running.clear();
  }

  #endOthers(node: Node): void {
    if (this.#firstFailed !== undefined) return;
    this.#firstFailed = node;
    if (this.#running.size > 0) this.#options.onFirstFailure(node, this.#running.size);
    for (const running of this.#running) this.#failFast(running, node);
  }

  #failFast(running: Running, first: Node): void {
    // One that is being ended for its own time is ended already.
    if (running.cut === undefined) this.#end(running, { kind: 'fail-fast', firstId: first.id });
  }

  #end(running: Running, cut: Cut): void {
    const { clock, killGraceMs } = this.#options;
    const giveUpIn = (delayMs: number) => {
      running.cancelTimer();
      running.cancelTimer = clock.after(delayMs, running.giveUp);
    };
    running.cut = cut;
    giveUpIn(killGraceMs + LIMITS.endedCommandMs);
    running.command.end();
    // What has left its session is not ended, and may have its output for ever.
    void running.command.status?.then(() => {
      if (this.#running.has(running)) giveUpIn(LIMITS.closeGraceMs);
    });
  }
}
