/**
 * How V8 uses memory here. Its defaults suit programs that do one thing at a time; the figures were measured with the
 * bench (rows a, c and d).
 */
import { setFlagsFromString } from 'node:v8';

/** Newer engines do not know `--interrupt-budget`, and complain on stderr: they keep their default. */
const HAS_INTERRUPT_BUDGET = Number.parseInt(process.versions.node, 10) < 23;

/**
 * For a thousand connections. A nursery would grow to 48 MB of garbage for no gain in time; and code that runs a few
 * times for each node, such as a handshake, is not worth the 4 MB of its optimised form.
 */
export function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  if (HAS_INTERRUPT_BUDGET) setFlagsFromString('--interrupt-budget=4000000');
}

/** For thousands of files: the code that packs them runs often enough to be optimised, at V8's own figure. */
export function expectFiles(): void {
  if (HAS_INTERRUPT_BUDGET) setFlagsFromString('--interrupt-budget=135168');
}

/**
 * For megabytes that only pass through: sent packets count as memory, and V8 would search all live objects every 20 MB
 * of them, which took a third of the CPU time of an upload.
 */
export function expectLargeBuffers(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
