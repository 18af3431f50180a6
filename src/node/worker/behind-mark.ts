/** Tells what a worker's text and its command say from what the login shell, sudo or sshd have said before them. */
import { LIMITS } from '../../core/limits/limits.ts';
import type { Channel, ChannelSinks } from '../../ssh/transport.ts';

/** Sinks for a channel on which a text begins with `mark`, a line on each output: what comes before it is kept back. */
export function behindMark(
  mark: string,
  sinks: ChannelSinks,
): { sinks: ChannelSinks; watch(channel: Channel): Channel } {
  const [stdout, stderr] = [new Held(mark), new Held(mark)];
  const pass = (held: Held, sink: (chunk: Buffer) => void | Promise<void>) => (chunk: Buffer) => {
    const own = held.take(chunk);
    return own.length > 0 ? sink(own) : undefined;
  };
  return {
    sinks: {
      onStdout: pass(stdout, (chunk) => sinks.onStdout(chunk)),
      onStderr: pass(stderr, (chunk) => sinks.onStderr(chunk)),
    },
    // Where no text has begun these words are why.
    watch: (channel) => {
      const result = channel.result.then(async (ended) => {
        for (const { said } of [stdout, stderr]) if (said.length > 0) await sinks.onStderr(said);
        return ended;
      });
      const { status } = channel;
      return {
        write: (chunk) => channel.write(chunk),
        end: () => channel.end(),
        close: () => channel.close(),
        result,
        ...(status === undefined ? {} : { status }),
      };
    },
  };
}

class Held {
  readonly #line: Buffer;
  #hasBegun = false;
  /** The last bytes of what came before the mark. */
  said: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#line = Buffer.from(`${mark}\n`);
  }

  /** What of it is ours. */
  take(chunk: Buffer): Buffer {
    if (this.#hasBegun) return chunk;
    const all = Buffer.concat([this.said, chunk]);
    const at = all.indexOf(this.#line);
    this.#hasBegun = at >= 0;
    this.said = this.#hasBegun ? Buffer.alloc(0) : all.subarray(-LIMITS.nodeSaidCharsMax);
    return this.#hasBegun ? all.subarray(at + this.#line.length) : Buffer.alloc(0);
  }
}
