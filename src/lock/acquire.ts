/**
 * Takes the lock of all nodes or of none. It asks the first node in canonical order alone, then the others at once: of
 * two runs on the same nodes exactly one gets past the first. A run holds nothing while it waits for something else.
 * While the first node is asked, the others' channels are opened, and nothing more; without a lock to take, all are
 * asked at once.
 */
import { mapAtOnce } from '../core/at-once.ts';
import type { Clock } from '../core/clock.ts';
import { type ErrorCode, LockstepError, toLockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { withResolvers } from '../core/waiting.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { KeeperSettings } from '../node/keeper/keeper-command.ts';
import { KeeperSeat, type KeeperStart, startKeeper } from '../node/keeper/start-keeper.ts';
import { describeUnopened } from '../node/unusable.ts';
import type { Connection } from '../ssh/transport.ts';
import { isHeld, RefusalError, refusalError, withOtherName } from './refusal.ts';
import type { RunLeases } from './run-leases.ts';

export interface AcquireOptions {
  readonly settings: KeeperSettings;
  readonly clock: Clock;
  /** `-t`: the run uses a node that refused, with a leash instead of the lock. */
  readonly isRefusalTolerated: boolean;
  /** They watch over each lock from the moment that the run gets it. */
  readonly leases: Pick<RunLeases, 'add' | 'remove'>;
  onAsked(node: Node): void;
  onAcquired(keeper: HeldKeeper): void;
  onRefused(error: LockstepError): void;
  /** `-w`: called for each node that the run leaves out, once the others are locked. Absent if the run needs all nodes. */
  readonly onLeftOut?: ((error: LockstepError) => void) | undefined;
  /** Opens nodes behind the first while that one is asked: worth it if it is likely to give its lock. */
  readonly opensAhead: boolean;
  /** Called when a node has opened the channel of its keeper. */
  readonly onSeated?: ((connection: Connection) => void) | undefined;
  /** Gives these keepers' locks back; resolves when they are free. */
  release(keepers: readonly HeldKeeper[]): Promise<void>;
  readonly signal: AbortSignal;
}

interface AskOptions extends AcquireOptions {
  /** Resolves when the signal aborts. */
  readonly unwanted: Promise<void>;
}

/**
 * One keeper for each connection, in their order, without nodes left out. Rejects with one LockstepError that has each
 * refusal as a cause.
 */
export async function acquireAll(
  connections: readonly Connection[],
  options: AcquireOptions,
): Promise<HeldKeeper[]> {
  const { unwanted, forget } = unwantedFrom(options.signal);
  const results = await askAll(connections, { ...options, unwanted }).finally(forget);
  const keepers = results.filter((result): result is HeldKeeper => !(result instanceof LockstepError));
  const errors = results
    .filter((result) => result instanceof LockstepError)
    .map((error) => withOtherName(error, keepers));
  const leftOut = errors.filter((error) => mayBeLeftOut(error, options));
  if (leftOut.length === errors.length && keepers.length > 0 && !options.signal.aborted) {
    for (const error of leftOut) options.onLeftOut?.(error);
    const byNode = new Map(keepers.map((keeper) => [keeper.node.id, keeper]));
    return connections.flatMap(({ node }) => byNode.get(node.id) ?? []);
  }
  for (const keeper of keepers) options.leases.remove(keeper);
  await options.release(keepers);
  options.signal.throwIfAborted();
  if (errors.length === 0) return [];
  throw lockError(errors, connections.length, options);
}

/**
 * The first node is the gate. If others hold its lock, no other node is asked. A gate that cannot be worked on ends the
 * run: it asks the other nodes all the same, so that the user sees all troubles at once. With `-w` the run leaves it
 * out, and the next node is the gate.
 */
async function askAll(
  connections: readonly Connection[],
  options: AskOptions,
): Promise<(HeldKeeper | LockstepError)[]> {
  const waiting = [...connections].sort((one, other) => (one.node.id < other.node.id ? -1 : 1));
  const askAtOnce = (seats?: Seats) =>
    mapAtOnce(waiting, LIMITS.keeperStartsAtOnce, (connection) =>
      acquire(connection, options, seats?.get(connection)),
    );
  if (!takesLock(options.settings)) return askAtOnce();
  const seats = openAhead(waiting.slice(1), options);
  const results: (HeldKeeper | LockstepError)[] = [];
  try {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const result = await acquire(gate, options, seats.get(gate));
      results.push(result);
      if (options.signal.aborted || (result instanceof LockstepError && isHeld(result))) return results;
      // A gate that was silent until the timeout may not be the only one: a row of them, one after the other, would take ages.
      if (!(result instanceof RefusalError) || isSilence(result) || !mayBeLeftOut(result, options)) break;
    }
    return [...results, ...(await askAtOnce(seats))];
  } finally {
    // A seat in use is a keeper's by now, or has ended.
    for (const seat of seats.values()) if (!seat.isUsed) seat.close();
  }
}

/** One listener for all nodes: Node.js warns of many. */
function unwantedFrom(signal: AbortSignal): { unwanted: Promise<void>; forget: () => void } {
  const { promise, resolve } = withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  return { unwanted: promise, forget: () => signal.removeEventListener('abort', onAbort) };
}

/** A mere leash, and a call's keeper under its session's lock, keep nobody off. */
function takesLock({ record: { kind } }: KeeperSettings): boolean {
  return kind === 'exclusive' || kind === 'shared';
}

type Seats = ReadonlyMap<Connection, KeeperSeat>;

/** Opens as many as are asked at once. Where sudo wants a password, the first node tries it before any other. */
function openAhead(connections: readonly Connection[], options: AcquireOptions): Seats {
  if (!options.opensAhead || options.settings.become?.passwordOn !== undefined) return new Map();
  const opened = connections.slice(0, LIMITS.keeperStartsAtOnce);
  return new Map(opened.map((connection) => [connection, seatOn(connection, options)]));
}

function seatOn(connection: Connection, { settings, onSeated }: AcquireOptions): KeeperSeat {
  const seat = new KeeperSeat(connection, settings);
  seat.channel.then(
    () => onSeated?.(connection),
    () => {},
  );
  return seat;
}

function isSilence({ refusal }: RefusalError): boolean {
  return refusal.kind === 'unstarted' && refusal.end.kind === 'silent';
}

/** `-w` goes on without nodes that cannot be worked on, just as without those out of reach. */
function mayBeLeftOut({ code }: LockstepError, { onLeftOut }: AcquireOptions): boolean {
  return onLeftOut !== undefined && LEFT_OUT.has(code);
}

const LEFT_OUT: ReadonlySet<ErrorCode> = new Set(['unusable', 'unreachable', 'channel']);

async function acquire(
  connection: Connection,
  options: AskOptions,
  ahead?: KeeperSeat,
): Promise<HeldKeeper | LockstepError> {
  if (options.signal.aborted) return toLockstepError(options.signal.reason);
  options.onAsked(connection.node);
  const { settings, clock, signal, unwanted } = options;
  try {
    const seat = ahead ?? seatOn(connection, options);
    const start = await startKeeper(connection, settings, clock, { seat, unwanted });
    if (start.kind === 'acquired') {
      options.leases.add(start.keeper);
      options.onAcquired(start.keeper);
      return start.keeper;
    }
    if (signal.aborted) return toLockstepError(signal.reason);
    const error = refusalError(connection.node, settings, start);
    options.onRefused(error);
    return options.isRefusalTolerated ? await acquireLeash(connection, options) : error;
  } catch (thrown) {
    if (!(thrown instanceof LockstepError)) throw thrown;
    const error = thrown.code === 'connection-lost' ? unopened(connection.node, thrown) : thrown;
    options.onRefused(error);
    return error;
  }
}

/** No command had run there, so none was lost with its connection. */
function unopened(node: Node, { message }: LockstepError): LockstepError {
  return new LockstepError('unusable', describeUnopened(message), { node });
}

async function acquireLeash(
  connection: Connection,
  options: AskOptions,
): Promise<HeldKeeper | LockstepError> {
  const settings: KeeperSettings = {
    ...options.settings,
    record: { ...options.settings.record, kind: 'none' },
    makes: 'none',
  };
  const start: KeeperStart = await startKeeper(connection, settings, options.clock, options);
  if (start.kind !== 'acquired') return refusalError(connection.node, settings, start);
  options.leases.add(start.keeper);
  return start.keeper;
}

/** The code is `locked` only if waiting can help: others hold the lock on each node that refused and that the run needs. */
function lockError(
  errors: readonly LockstepError[],
  nodeCount: number,
  options: AcquireOptions,
): LockstepError {
  const needed = errors.filter((error) => !mayBeLeftOut(error, options));
  const first = needed.find((error) => !isHeld(error)) ?? needed[0] ?? errors[0];
  const what =
    options.settings.record.kind === 'none' ? 'no work was begun' : 'the global lock was not taken';
  const text = `${what}: ${errors.length} of ${nodeCount === 1 ? '1 node' : `${nodeCount} nodes`} refused`;
  const hint = first?.hint === undefined ? {} : { hint: first.hint };
  return new LockstepError(first?.code ?? 'unusable', text, { causes: errors, ...hint });
}
