/**
 * Takes the lock of all nodes or of none. The first node in canonical order is taken alone and the others then at once:
 * of two runs on the same nodes exactly one gets past the first. Nothing is held while waiting for something else.
 */
import { mapAtOnce } from '../at-once.ts';
import type { Clock } from '../clock.ts';
import { LockstepError, toLockstepError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Keeper } from '../node/keeper/keeper.ts';
import type { KeeperSettings } from '../node/keeper/keeper-command.ts';
import { type KeeperStart, startKeeper } from '../node/keeper/start-keeper.ts';
import type { Connection } from '../ssh/transport.ts';
import type { Node } from '../targets/node.ts';
import { refusalError } from './refusal.ts';

export interface AcquireOptions {
  readonly settings: KeeperSettings;
  readonly clock: Clock;
  /** `-t`: a refused node is used all the same, with a leash instead of the lock. */
  readonly isRefusalTolerated: boolean;
  onAsked(node: Node): void;
  onAcquired(keeper: Keeper): void;
  onRefused(error: LockstepError): void;
  /** Gives back what was taken; resolves when it is free. */
  release(keepers: readonly Keeper[]): Promise<void>;
  readonly signal: AbortSignal;
}

/** One keeper for each connection, in their order. Rejects with one LockstepError that holds each refusal as a cause. */
export async function acquireAll(
  connections: readonly Connection[],
  options: AcquireOptions,
): Promise<Keeper[]> {
  const inOrder = [...connections].sort((one, other) => (one.node.id < other.node.id ? -1 : 1));
  const [gate, ...others] = inOrder;
  if (gate === undefined) return [];
  const first = await acquire(gate, options);
  const isGateOpen = !(first instanceof LockstepError) && !options.signal.aborted;
  const results = isGateOpen
    ? [
        first,
        ...(await mapAtOnce(others, LIMITS.keeperStartsAtOnce, (connection) => acquire(connection, options))),
      ]
    : [first];

  const keepers = results.filter((result): result is Keeper => !(result instanceof LockstepError));
  const errors = results.filter((result) => result instanceof LockstepError);
  if (errors.length === 0 && !options.signal.aborted) {
    const byNode = new Map(keepers.map((keeper) => [keeper.node.id, keeper]));
    return connections.flatMap(({ node }) => byNode.get(node.id) ?? []);
  }
  await options.release(keepers);
  options.signal.throwIfAborted();
  throw lockError(errors, connections.length);
}

async function acquire(connection: Connection, options: AcquireOptions): Promise<Keeper | LockstepError> {
  if (options.signal.aborted) return toLockstepError(options.signal.reason);
  options.onAsked(connection.node);
  try {
    const start = await startKeeper(connection, options.settings, options.clock);
    if (start.kind === 'acquired') {
      options.onAcquired(start.keeper);
      return start.keeper;
    }
    const error = refusalError(connection.node, options.settings, start);
    options.onRefused(error);
    return options.isRefusalTolerated ? await acquireLeash(connection, options) : error;
  } catch (thrown) {
    if (!(thrown instanceof LockstepError)) throw thrown;
    options.onRefused(thrown);
    return thrown;
  }
}

async function acquireLeash(
  connection: Connection,
  options: AcquireOptions,
): Promise<Keeper | LockstepError> {
  const settings: KeeperSettings = { ...options.settings, kind: 'none', make: 'none' };
  const start: KeeperStart = await startKeeper(connection, settings, options.clock);
  return start.kind === 'acquired' ? start.keeper : refusalError(connection.node, settings, start);
}

function lockError(errors: readonly LockstepError[], nodeCount: number): LockstepError {
  const first = errors[0];
  const { code } = first ?? { code: 'lock-unavailable' as const };
  return new LockstepError(
    code,
    `the global lock was not taken: ${errors.length} of ${nodeCount} nodes refused`,
    {
      causes: errors,
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
    },
  );
}
