/** The door to keepers: starts one, and tells whether it has what it was asked for. */
import type { Clock } from '../../core/clock.ts';
import type { Connection } from '../../ssh/transport.ts';
import { Keeper } from './keeper.ts';
import type { KeeperSettings, Refusal } from './keeper-command.ts';

export type KeeperStart = { readonly kind: 'acquired'; readonly keeper: Keeper } | Refusal;

/**
 * Starts a keeper and waits for its first answer.
 * Rejects with a LockstepError only when the node does not answer at all.
 */
export async function startKeeper(
  connection: Connection,
  settings: KeeperSettings,
  clock: Clock,
): Promise<KeeperStart> {
  const keeper = new Keeper(connection, settings, clock);
  const answer = await keeper.open();
  return answer === 'acquired' ? { kind: 'acquired', keeper } : answer;
}
