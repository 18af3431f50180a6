/** A keeper while it runs the command of a call: one that was started for calls, or the session's own, which outlives what it runs. */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { atMost, withResolvers } from '../core/waiting.ts';
import { breakRun } from '../node/inquiry/break-run.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { GoResult } from '../node/keeper/running-command.ts';
import type { ChannelSinks, Connection } from '../ssh/transport.ts';

export interface CallKeeper {
  readonly keeper: HeldKeeper;
  /** It can run nothing more. */
  readonly isSpent: boolean;
  go(command: string, sinks: ChannelSinks): Promise<GoResult>;
  /** Ends its command. */
  end(): void;
  /** Resolves when a command that was told to end is over, and what was begun with it. */
  over(): Promise<void>;
  /** Resolves when nothing has the output of its command any more, or nobody wants that. */
  heard(): Promise<unknown>;
  /** Wants no more of what its command has left. */
  close(): void;
}

/** A keeper of calls alone: it ends with a command that is ended. */
export class LentKeeper implements CallKeeper {
  readonly keeper: HeldKeeper;
  isSpent = false;

  constructor(keeper: HeldKeeper) {
    this.keeper = keeper;
  }

  go(command: string, sinks: ChannelSinks): Promise<GoResult> {
    return this.keeper.go(command, sinks);
  }

  end(): void {
    this.isSpent = true;
    this.keeper.stop();
  }

  over(): Promise<void> {
    return this.keeper.over();
  }

  heard(): Promise<string> {
    return this.keeper.gone;
  }

  close(): void {
    this.keeper.close();
  }
}

/** The keeper of the session's lock, while it runs one command. */
export class OwnKeeper implements CallKeeper {
  readonly keeper: HeldKeeper;
  isSpent = false;
  readonly #clock: Clock;
  readonly #connection: Connection;
  #isRunning = false;
  #cut: Promise<void> | undefined;
  readonly #closed = withResolvers<void>();
  readonly #stuck = withResolvers<GoResult>();
  #result = this.#stuck.promise;

  constructor(keeper: HeldKeeper, { connection, clock }: { connection: Connection; clock: Clock }) {
    this.keeper = keeper;
    this.#connection = connection;
    this.#clock = clock;
  }

  async go(command: string, sinks: ChannelSinks): Promise<GoResult> {
    this.#isRunning = true;
    this.#result = Promise.race([this.keeper.go(command, sinks), this.#stuck.promise]);
    const result = await this.#result;
    this.#isRunning = false;
    // Its job is gone, or still waits for that command.
    this.isSpent = result.kind === 'lost';
    return result;
  }

  /** What cannot be ended must not keep the call: its node tells of that at the end of the session. */
  end(): void {
    if (!this.#isRunning || this.#cut !== undefined) return;
    const timeoutMs = this.keeper.settings.killGraceMs + LIMITS.releaseTimeoutMs;
    this.#cut = atMost(this.#endCommand(), { clock: this.#clock, timeoutMs }).then(() =>
      this.#stuck.resolve({ kind: 'lost', reason: 'it could not be ended' }),
    );
  }

  /** Where the keeper was killed its command lives on, and nobody on the node would end it before the next run is refused. */
  async #endCommand(): Promise<void> {
    const { keeper } = this;
    const { settings } = keeper;
    if (keeper.isEnding) {
      const asked = {
        ...settings,
        run: settings.record.run,
        graceMs: settings.killGraceMs,
        clock: this.#clock,
      };
      return breakRun(this.#connection, asked).catch(() => {});
    }
    // A command that was only just given may not have begun when the keeper looks for it.
    do await keeper.cut();
    while (
      this.#isRunning &&
      !(await atMost(this.#result, { clock: this.#clock, timeoutMs: LIMITS.cutAgainMs }))
    );
  }

  async over(): Promise<void> {
    await this.#cut;
  }

  heard(): Promise<unknown> {
    return Promise.race([this.keeper.quiet(), this.#closed.promise]);
  }

  close(): void {
    this.#closed.resolve();
  }
}
