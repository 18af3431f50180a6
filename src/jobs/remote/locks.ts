/**
 * The locks of a fleet. All work on a host shares the lock that the fleet already has there; the fleet takes missing
 * locks beside it, all of them or none. So it never waits for itself, except for a lock that it is giving back.
 */
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { onAnyAbort } from '../shells/aborts.ts';
import { placeOf } from '../sites/places.ts';
import type { Ground, Grounds, Site } from '../types.ts';
import type { Hold } from './hold.ts';
import { remoteGround } from './remote-ground.ts';
import { Taken, type TakenSettings } from './taken.ts';

export interface LocksSettings extends TakenSettings {
  /** By the names of sites. Rejects with LockstepError `usage`. */
  nodesOf(sites: readonly Site[], signal: AbortSignal): Promise<ReadonlyMap<string, Node>>;
  /** The sites whose lock is taken with the first one, and held until all is closed; left out: only while somebody works there. */
  readonly keep?: (() => readonly Site[]) | undefined;
}

export class Locks {
  readonly #settings: LocksSettings;
  /** Locks that can be shared. */
  readonly #taken = new Set<Taken>();
  /** Locks that are being given back, or are lost, and not gone yet. */
  readonly #leaving = new Set<Taken>();
  #isClosed = false;
  /** Why a lock that was to be kept is gone. */
  #lost: LockstepError | undefined;

  constructor(settings: LocksSettings) {
    this.#settings = settings;
  }

  /** Takes the lock of the hosts of all these sites, or of none. Rejects with LockstepError, and with the signal's reason. */
  async open(sites: readonly Site[], { signal }: { readonly signal: AbortSignal }): Promise<Grounds> {
    signal.throwIfAborted();
    const { nodesOf, keep } = this.#settings;
    const kept = keep?.().filter(({ host }) => host !== undefined) ?? [];
    const nodes = await unlessAborted(signal, nodesOf([...sites, ...kept], signal));
    const wanted = [...nodes.values()];
    for (let leaving = this.#leavingOf(wanted); leaving.length > 0; leaving = this.#leavingOf(wanted))
      await unlessAborted(signal, Promise.all(leaving));
    // From here on nothing else can come between.
    if (this.#isClosed) throw new LockstepError('usage', 'the fleet is closed');
    if (this.#lost !== undefined) throw this.#lost;
    const used = this.#use(
      sites.flatMap(({ name }) => nodes.get(name) ?? []),
      wanted,
    );
    try {
      const holds = await unlessAborted(signal, Promise.all(used.map(({ hold }) => hold)));
      const grounds = sites.map((site) => [site.name, groundOn(holds, nodes.get(site.name), site)] as const);
      return this.#groundsOf(used, holds, new Map(grounds));
    } catch (thrown) {
      await this.#leaveAll(used, toLockstepError(thrown));
      throw thrown;
    }
  }

  /** Ends all work. Settles when nothing of it is left: rejects if a lock that was to be kept was lost before. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = new LockstepError('interrupted', 'the fleet was closed');
    for (const taken of this.#taken) this.#forget(taken);
    await Promise.all([...this.#leaving].map((taken) => taken.release(reason)));
    if (this.#lost !== undefined) throw this.#lost;
  }

  #leavingOf(nodes: readonly Node[]): Promise<unknown>[] {
    return [...this.#leaving].flatMap((taken) => (nodes.some((node) => taken.has(node)) ? taken.gone : []));
  }

  /** The locks of these nodes that the fleet has, and new ones for the missing; the first also takes all that is wanted. */
  #use(asked: readonly Node[], wanted: readonly Node[]): Taken[] {
    const isMissing = (node: Node) => ![...this.#taken].some((taken) => taken.has(node));
    const missing = (this.#taken.size === 0 ? wanted : asked).filter(isMissing);
    if (missing.length > 0) this.#take(missing);
    const used = [...this.#taken].filter((taken) => asked.some((node) => taken.has(node)));
    for (const taken of used) taken.users += 1;
    return used;
  }

  #take(nodes: readonly Node[]): void {
    const taken = new Taken(nodes, this.#settings);
    this.#taken.add(taken);
    taken.hold.then(
      ({ over }) => {
        const isKept = this.#settings.keep !== undefined;
        if (isKept) taken.users += 1;
        onAnyAbort([over], (why) => {
          if (isKept && !this.#isClosed) this.#lost ??= why;
          this.#forget(taken);
        });
      },
      () => this.#taken.delete(taken),
    );
  }

  #groundsOf(used: readonly Taken[], holds: readonly Hold[], grounds: ReadonlyMap<string, Ground>): Grounds {
    const lost = new AbortController();
    const letGo = onAnyAbort(
      holds.map(({ over }) => over),
      (error) => lost.abort(error),
    );
    let isOver = false;
    return {
      of: ({ name }) => {
        const ground = grounds.get(name);
        if (ground === undefined) throw new LockstepError('bug', `site ${name} was not asked for`);
        return ground;
      },
      signal: lost.signal,
      close: async (failure) => {
        if (isOver) return;
        isOver = true;
        letGo();
        const why = await this.#leaveAll(used, undefined);
        if (failure === undefined && why !== undefined) throw why;
      },
    };
  }

  /** Resolves to an error if one of them was lost before. */
  async #leaveAll(
    used: readonly Taken[],
    why: LockstepError | undefined,
  ): Promise<LockstepError | undefined> {
    const left = used.filter((taken) => --taken.users === 0);
    for (const taken of left) this.#forget(taken);
    const lost = await Promise.all(left.map((taken) => taken.release(why)));
    return lost.find((error) => error !== undefined);
  }

  /** Nobody shares it any more; whoever wants its nodes waits until it is gone. */
  #forget(taken: Taken): void {
    if (!this.#taken.delete(taken)) return;
    this.#leaving.add(taken);
    void taken.gone.then(() => this.#leaving.delete(taken));
  }
}

function groundOn(holds: readonly Hold[], node: Node | undefined, site: Site): Ground {
  for (const hold of holds) {
    const place = node && placeOf(node, hold.nodes);
    if (place !== undefined) return remoteGround(hold, place, site);
  }
  throw new LockstepError('usage', `site ${site.name}: the lock is not held on its host`);
}
