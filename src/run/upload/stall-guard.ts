/** Gives up on a node that takes nothing for too long: its disk may hang while its keeper still answers. */
import { LIMITS } from '../../core/limits.ts';
import type { Channel } from '../../ssh/transport.ts';
import type { Sink } from '../../transfer/fan-out.ts';

export interface GuardedSink extends Sink {
  /** Resolves when it is ready for the first byte, or has ended. */
  readonly whenReady: (ready: Promise<unknown>) => Promise<void>;
  /** Why it was given up, if it was. */
  readonly stall: () => string | undefined;
}

/** `writeTimeoutMs`: between a write and the channel's wish for more (`--recv-timeout`). */
export function guardSink(channel: Channel, writeTimeoutMs: number): GuardedSink {
  let stall: string | undefined;
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
      const timer = giveUpAfter(LIMITS.stageTimeoutMs, 'it had all files, and was not ready to commit them,');
      void channel.result.then(() => clearTimeout(timer));
      channel.end();
    },
    ended: channel.result,
    stall: () => stall,
  };
}
