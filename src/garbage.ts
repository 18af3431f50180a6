/**
 * How V8 collects garbage here. Its defaults suit programs that hold one thing at a time; both figures were
 * measured with the bench (rows a and d).
 */
import { setFlagsFromString } from 'node:v8';

/** For a thousand connections: a nursery may grow to 48 MB, which holds garbage for no gain in time. */
export function keepNurserySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * For megabytes that only pass through: sent packets count as memory, and V8 would go through all that lives
 * every 20 MB of them, which took a third of the CPU time of an upload.
 */
export function expectLargeBuffers(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
