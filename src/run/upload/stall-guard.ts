/** A sink that gives up on a node which takes nothing for too long: its disk may hang while its keeper still answers. */
import { LIMITS } from '../../core/limits/limits.ts';
import type { Channel } from '../../ssh/transport.ts';
import type { Sink } from '../../transfer/fan-out.ts';

export interface GuardedSink extends Sink {
  /** Waits for `ready`, or until the node has ended or is given up. */
  readonly whenReady: (ready: Promise<unknown>) => Promise<void>;
  /** Call it when the node has said something: its time begins anew. */
  readonly hear: () => void;
  /** Why the node was given up; undefined where it was not. */
  readonly stall: () => string | undefined;
}

/**
 * `writeTimeoutMs`: how long the channel may take until it wants more after a write (`--recv-timeout`). `silence`: the reason for a node
 * that has got all bytes and says nothing any more.
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
