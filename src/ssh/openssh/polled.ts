/** Waits for what ssh tells by files alone. */
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';

/** Looks again and again, and once more behind the deadline. Resolves with whether it has come. */
export async function polled(
  hasCome: () => boolean,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  while (!hasCome()) {
    if (clock.monotonicMs() >= deadlineMs) return false;
    await new Promise<void>((resolve) => clock.after(LIMITS.sshPollMs, resolve));
  }
  return true;
}
