/** How long a run waits after a refusal before it tries again. */
import type { Clock } from './clock.ts';
import { unlessAborted } from './waiting.ts';

export interface BackoffBounds {
  readonly baseMs: number;
  readonly ceilingMs: number;
}

/** Full jitter, so that runs which met do not meet again. `refusals`: how many so far, from 1; `random`: in [0, 1). */
export function backoffMs(refusals: number, random: number, { baseMs, ceilingMs }: BackoffBounds): number {
  return random * Math.min(ceilingMs, baseMs * 2 ** (refusals - 1));
}

/** Rejects with the signal's reason as soon as it aborts. */
export async function pause(
  delayMs: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  let cancel = () => {};
  const passed = new Promise<void>((resolve) => {
    cancel = clock.after(delayMs, resolve);
  });
  await unlessAborted(signal, passed).finally(() => cancel());
}
