/** The command that a keeper runs by GO, from its first byte to its end on both streams. */
import type { ChannelSinks } from '../../ssh/transport.ts';

export type GoResult =
  /** `isClean`: nothing of the command is left on the node. Only keepers that run one command after the other say so. */
  | { readonly kind: 'code'; readonly code: number; readonly isClean: boolean }
  | { readonly kind: 'lost'; readonly reason: string };

/** A command of GO: ended when both streams were closed by the token, and their bytes taken. */
export class RunningCommand {
  readonly #sinks: ChannelSinks;
  readonly #done: (result: GoResult) => void;
  #exit: { readonly code: number; readonly isClean: boolean } | undefined;
  #openStreams = 2;
  #taken: Promise<unknown> = Promise.resolve();

  constructor(sinks: ChannelSinks, done: (result: GoResult) => void) {
    this.#sinks = sinks;
    this.#done = done;
  }

  output(sink: keyof ChannelSinks, chunk: Buffer): void | Promise<void> {
    const held = this.#sinks[sink](chunk);
    if (held !== undefined) this.#taken = Promise.all([this.#taken, held]);
    return held;
  }

  exited(exit: { readonly code: number; readonly isClean: boolean }): void {
    this.#exit = exit;
    this.streamEnded();
  }

  streamEnded(): void {
    this.#openStreams--;
    const exit = this.#exit;
    if (this.#openStreams === 0 && exit !== undefined) {
      const { code, isClean } = exit;
      void this.#taken.then(() => this.finish({ kind: 'code', code, isClean }));
    }
  }

  /** The shell that ran it is gone, and tells nothing more. */
  died(how: string): void {
    const reason = DEATHS.get(how) ?? how;
    void this.#taken.then(() => this.finish({ kind: 'lost', reason }));
  }

  finish(result: GoResult): void {
    this.#done(result);
  }
}

/** Why a command of GO will never tell its end. */
const DEATHS: ReadonlyMap<string, string> = new Map([
  ['killed', 'the shell that ran it on the node was killed'],
  ['fork', 'it was not started: no process more can be had there (ulimit -u, a limit of the cgroup)'],
]);
