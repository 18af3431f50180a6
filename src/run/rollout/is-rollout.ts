/** What a request says of turns. Pure. */
import type { RolloutWish } from '../request/request.ts';

/** Whether nodes have turns; otherwise all start at once. */
export function isRollout({ file, batch, maxDown, canary, order }: RolloutWish): boolean {
  return [file, batch, maxDown, canary].some((given) => given !== undefined) || order.length > 0;
}
