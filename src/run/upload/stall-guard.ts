/** Gives up on a node that takes nothing for too long: its disk may hang while its keeper still answers. */
import { LIMITS } from '../../core/limits/limits.ts';
import type { Channel } from '../../ssh/transport.ts';
import type { Sink } from '../../transfer/fan-out.ts';

export interface GuardedSink extends Sink {
  /** Resolves when it is ready for the first byte, or has ended. */
  readonly whenReady: (ready: Promise<unknown>) => Promise<void>;
  /** The node was heard: it has its time anew. */
  readonly hear: () => void;
  /** Why it was given up, if it was. */
  readonly stall: () => string | undefined;
}

/**
 * `writeTimeoutMs`: between a write and the channel's wish for more (`--recv-timeout`). `silence`: what is said of a node that has been
 * given all, and is not heard any more.
 */
export function guardSink(channel: Channel, writeTimeoutMs: number, silence: string): GuardedSink {
  let stall: string | undefined;
  let last: NodeJS.Timeout | undefined;
  const giveUpAfter = (timeoutMs: number, reason: string) =>
    setTimeout(() => {
      stall = `${reason} for ${timeoutMs / 1000} s`;
      channel.close();
    }, timeoutMs);
  return {
    async whenReady(ready) {
      const timer = giveUpAfter(writeTimeoutMs, 'it was not ready for data');
      await Promise.race([ready, channel.result]);
      clearTimeout(timer);
    },
    async write(bytes) {
      const timer = giveUpAfter(writeTimeoutMs, 'it took no data');
      await channel.write(bytes);
      clearTimeout(timer);
    },
    end() {
      last = giveUpAfter(LIMITS.stageTimeoutMs, silence);
      void channel.result.then(() => {
        clearTimeout(last);
        last = undefined;
      });
      channel.end();
    },
    hear: () => void last?.refresh(),
    ended: channel.result,
    stall: () => stall,
  };
}
