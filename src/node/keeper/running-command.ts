/** The command that a keeper runs by GO, from its first byte to its end on both streams. */
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';

export type GoResult =
  /** `isClean`: nothing of the command is left on the node. Only keepers that run one command after the other say so. */
  | { readonly kind: 'code'; readonly code: number; readonly isClean: boolean }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * A command of GO: ended when both streams were closed by the token, and their bytes taken. What stands between the node's
 * sshd and its shell may have merged the streams, or drop one: then its end is not waited for once nothing comes any more.
 * Whatever does come later is heard, as what a command has left.
 */
export class RunningCommand {
  readonly #sinks: ChannelSinks;
  readonly #clock: Clock;
  readonly #done: (result: GoResult) => void;
  #exit: { readonly code: number; readonly isClean: boolean } | undefined;
  #openStreams = 2;
  #taken: Promise<unknown> = Promise.resolve();
  #cancelWait: () => void = () => {};

  constructor(sinks: ChannelSinks, clock: Clock, done: (result: GoResult) => void) {
    this.#sinks = sinks;
    this.#clock = clock;
    this.#done = done;
  }

  output(sink: keyof ChannelSinks, chunk: Buffer): void | Promise<void> {
    const held = this.#sinks[sink](chunk);
    if (held !== undefined) this.#taken = Promise.all([this.#taken, held]);
    if (this.#openStreams === 1) this.#waitForOther();
    return held;
  }

  exited(exit: { readonly code: number; readonly isClean: boolean }): void {
    this.#exit = exit;
    this.streamEnded();
  }

  /** The end on stderr has not come, and is not waited for any more. */
  get isEndMissing(): boolean {
    return this.#exit !== undefined && this.#openStreams > 0;
  }

  streamEnded(): void {
    this.#openStreams--;
    if (this.#openStreams > 0) return this.#waitForOther();
    void this.#taken.then(() => this.#tellEnd());
  }

  #waitForOther(): void {
    this.#cancelWait();
    let isCalled = false;
    this.#cancelWait = () => {
      isCalled = true;
    };
    // Bytes that we ourselves hold back stand before the end.
    void this.#taken.then(() => {
      if (!isCalled) this.#cancelWait = this.#clock.after(LIMITS.otherEndMs, () => this.#tellEnd());
    });
  }

  #tellEnd(): void {
    const exit = this.#exit;
    if (exit !== undefined) this.finish({ kind: 'code', code: exit.code, isClean: exit.isClean });
    else this.finish({ kind: 'lost', reason: UNTOLD });
  }

  /** The shell that ran it is gone, and tells nothing more. */
  died(how: string): void {
    const reason = describeDeath(how);
    void this.#taken.then(() => this.finish({ kind: 'lost', reason }));
  }

  finish(result: GoResult): void {
    this.#cancelWait();
    this.#done(result);
  }
}

/** The result of a command whose end nobody has told. */
export const UNTOLD = 'how it ended did not come through its login shell';

/** The result of a command that will never tell its end: `how` its shell on the node has ended. */
export function describeDeath(how: string): string {
  return DEATHS.get(how) ?? how;
}

const DEATHS: ReadonlyMap<string, string> = new Map([
  ['killed', 'the shell that ran it on the node was killed'],
  ['fork', 'it was not started: the node cannot start another process (ulimit -u, a limit of the cgroup)'],
]);
