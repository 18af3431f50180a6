/** Asks one node for its lock. */
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { KeeperSettings } from '../node/keeper/keeper-command.ts';
import { startKeeper } from '../node/keeper/start-keeper.ts';
import { describeUnopened } from '../node/unusable.ts';
import type { Connection } from '../ssh/transport.ts';
import { refusalError } from './refusal.ts';
import type { RunLeases } from './run-leases.ts';

export interface AskOptions {
  readonly settings: KeeperSettings;
  readonly clock: Clock;
  /** `-t`: a refused node is used all the same, with a leash instead of the lock. */
  readonly isRefusalTolerated: boolean;
  /** They watch over each lock from the moment that the run gets it. */
  readonly leases: Pick<RunLeases, 'add' | 'remove'>;
  onAsked(node: Node): void;
  onAcquired(keeper: HeldKeeper): void;
  /** Called for each refusal that is final, or tolerated. */
  onRefused(error: LockstepError): void;
  readonly signal: AbortSignal;
}

/** Resolves to its keeper, or to the reason why there is none. */
export async function askForLock(
  connection: Connection,
  options: AskOptions,
): Promise<HeldKeeper | LockstepError> {
  options.onAsked(connection.node);
  try {
    const start = await startKeeper(connection, options.settings, options.clock);
    if (start.kind === 'acquired') {
      options.leases.add(start.keeper);
      options.onAcquired(start.keeper);
      return start.keeper;
    }
    const error = refusalError(connection.node, options.settings, start);
    if (!options.isRefusalTolerated) return error;
    options.onRefused(error);
    return await askForLeash(connection, options);
  } catch (thrown) {
    if (!(thrown instanceof LockstepError)) throw thrown;
    const error = thrown.code === 'connection-lost' ? unopened(connection.node, thrown) : thrown;
    if (options.isRefusalTolerated) options.onRefused(error);
    return error;
  }
}

/** No command has run there, so none was lost with its connection. */
function unopened(node: Node, { message }: LockstepError): LockstepError {
  return new LockstepError('unusable', describeUnopened(message), { node });
}

async function askForLeash(connection: Connection, options: AskOptions): Promise<HeldKeeper | LockstepError> {
  const settings: KeeperSettings = {
    ...options.settings,
    record: { ...options.settings.record, kind: 'none' },
    makes: 'none',
  };
  const start = await startKeeper(connection, settings, options.clock);
  if (start.kind !== 'acquired') return refusalError(connection.node, settings, start);
  options.leases.add(start.keeper);
  return start.keeper;
}
