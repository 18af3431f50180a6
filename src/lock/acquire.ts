/**
 * Takes the lock of all nodes or of none. All nodes are asked at once. Where another run is still taking its own locks, the run
 * goes on in canonical order: it waits for one node, and holds those before it alone.
 */
import { mapAtOnce } from '../core/at-once.ts';
import { backoffMs, pause } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { type ErrorCode, LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { LOCK_LIMITS } from '../core/limits/lock.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { Connection } from '../ssh/transport.ts';
import { type AskOptions, askForLock } from './ask-for-lock.ts';
import { isHeld, patienceMs } from './refusal.ts';

export interface AcquireOptions extends AskOptions {
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  /** `-w`: called for each node that the run leaves out, when the others are locked. Absent where the run needs all nodes. */
  readonly onLeftOut?: ((error: LockstepError) => void) | undefined;
  /** Gives the locks of these keepers back; resolves when they are free. */
  release(keepers: readonly HeldKeeper[]): Promise<void>;
}

/**
 * One keeper for each connection, in their order, without those that are left out. Rejects with one LockstepError that holds
 * each refusal as a cause.
 */
export async function acquireAll(
  connections: readonly Connection[],
  options: AcquireOptions,
): Promise<HeldKeeper[]> {
  const attempt = new Attempt(connections, options);
  await attempt.askAtOnce();
  while (await attempt.waitInOrder()) await attempt.askAtOnce();
  const { errors, keepers } = attempt;
  const leftOut = errors.filter((error) => mayBeLeftOut(error, options));
  if (leftOut.length === errors.length && keepers.length > 0 && !options.signal.aborted) {
    for (const error of leftOut) options.onLeftOut?.(error);
    for (const keeper of keepers) if (keeper.settings.record.kind !== 'none') keeper.confirm();
    const byNode = new Map(keepers.map((keeper) => [keeper.node.id, keeper]));
    return connections.flatMap(({ node }) => byNode.get(node.id) ?? []);
  }
  await attempt.giveBackAll();
  options.signal.throwIfAborted();
  if (errors.length === 0) return [];
  throw lockError(errors, connections.length, options);
}

class Attempt {
  /** In canonical order, the same for all runs. */
  readonly #connections: readonly Connection[];
  readonly #options: AcquireOptions;
  readonly #results: (HeldKeeper | LockstepError | undefined)[];
  /** The first node that another run is still taking: nothing behind it may be held. -1: the run gets its lock nowhere. */
  #barrier = Number.POSITIVE_INFINITY;
  /** Others hold a lock for good: no further node is asked. */
  #isRefused = false;
  readonly #givenBack: Promise<void>[] = [];
  #waitedMs = 0;

  constructor(connections: readonly Connection[], options: AcquireOptions) {
    this.#connections = [...connections].sort((one, other) => (one.node.id < other.node.id ? -1 : 1));
    this.#results = connections.map(() => undefined);
    this.#options = options;
  }

  get keepers(): HeldKeeper[] {
    return this.#results.flatMap((result) => (result instanceof LockstepError ? [] : (result ?? [])));
  }

  get errors(): LockstepError[] {
    return this.#results.filter((result) => result instanceof LockstepError);
  }

  /** Asks each node that has not answered. What another's refusal has made useless is given back as it comes. */
  async askAtOnce(): Promise<void> {
    const open = [...this.#connections.keys()].filter((at) => this.#results[at] === undefined);
    await mapAtOnce(open, LIMITS.keeperStartsAtOnce, async (at) => {
      const isOfNoUse = this.#barrier >= 0 && at > this.#barrier;
      if (!this.#isRefused && !isOfNoUse) await this.#ask(at);
    });
    await Promise.all(this.#givenBack.splice(0));
  }

  /**
   * Waits for the node that another run is taking, and resolves to true when it is ours. Whoever waits so holds only nodes before
   * the one that it waits for, so that no runs wait for each other in a circle.
   */
  async waitInOrder(): Promise<boolean> {
    const { clock, random, signal } = this.#options;
    const at = this.#barrier;
    for (let refusals = 1; ; refusals++) {
      const refusal = this.#results[at];
      if (signal.aborted || this.#barrier !== at || !(refusal instanceof LockstepError)) break;
      if (this.#waitedMs >= this.#patienceMs(at, refusal)) {
        this.#options.onRefused(refusal);
        break;
      }
      const startedAtMs = clock.monotonicMs();
      await pause(backoffMs(refusals, random(), RETRY), { clock, signal }).catch(() => {});
      if (!signal.aborted) {
        this.#barrier = Number.POSITIVE_INFINITY;
        await this.#ask(at);
      }
      this.#waitedMs += clock.monotonicMs() - startedAtMs;
    }
    await Promise.all(this.#givenBack.splice(0));
    return this.#barrier === Number.POSITIVE_INFINITY && this.#results.includes(undefined);
  }

  async giveBackAll(): Promise<void> {
    this.#limit(-1);
    await Promise.all(this.#givenBack.splice(0));
  }

  async #ask(at: number): Promise<void> {
    const connection = this.#connections[at];
    const { signal, isRefusalTolerated, onRefused } = this.#options;
    if (connection === undefined || signal.aborted) return this.#limit(-1);
    const result = await askForLock(connection, this.#options);
    this.#results[at] = result;
    if (!(result instanceof LockstepError)) return this.#limit(this.#barrier);
    if (this.#patienceMs(at, result) > 0) return this.#limit(Math.min(this.#barrier, at));
    if (!isRefusalTolerated) onRefused(result);
    if (mayBeLeftOut(result, this.#options)) return;
    this.#isRefused ||= isHeld(result);
    this.#limit(-1);
  }

  /** What is behind the barrier is given back, and is asked for again when the barrier is gone. */
  #limit(barrier: number): void {
    this.#barrier = barrier;
    for (const [at, result] of this.#results.entries()) {
      if (at <= barrier || result === undefined) continue;
      if (!(result instanceof LockstepError)) {
        this.#options.leases.remove(result);
        this.#givenBack.push(this.#options.release([result]));
      } else if (barrier < 0 || !isHeld(result)) continue;
      this.#results[at] = undefined;
    }
  }

  #patienceMs(at: number, refusal: LockstepError): number {
    if (this.#options.isRefusalTolerated) return 0;
    const isFirst = this.#results.slice(0, at).every((before) => before instanceof LockstepError);
    return patienceMs(refusal, isFirst);
  }
}

const RETRY = { baseMs: LOCK_LIMITS.takerRetryMs, ceilingMs: LOCK_LIMITS.takerRetryMsMax };

/** `-w` goes on without nodes that cannot be worked on, as without those that cannot be reached. */
function mayBeLeftOut({ code }: LockstepError, { onLeftOut }: AcquireOptions): boolean {
  return onLeftOut !== undefined && LEFT_OUT.has(code);
}

const LEFT_OUT: ReadonlySet<ErrorCode> = new Set(['unusable', 'unreachable', 'channel']);

/** The code says `locked` only where waiting can help: others hold the lock on each node that refused and that the run needs. */
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
