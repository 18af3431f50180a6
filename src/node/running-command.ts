/** The command that a keeper runs by GO, from its first byte to its end on both streams. */
import type { ChannelSinks } from '../ssh/transport.ts';

export type GoResult =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'lost'; readonly reason: string };

/** A command of GO: ended when both streams were closed by the token, and their bytes taken. */
export class RunningCommand {
  readonly #sinks: ChannelSinks;
  readonly #done: (result: GoResult) => void;
  #code: number | undefined;
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

  exited(code: number): void {
    this.#code = code;
    this.streamEnded();
  }

  streamEnded(): void {
    this.#openStreams--;
    const code = this.#code;
    if (this.#openStreams === 0 && code !== undefined)
      void this.#taken.then(() => this.finish({ kind: 'code', code }));
  }

  finish(result: GoResult): void {
    this.#done(result);
  }
}
