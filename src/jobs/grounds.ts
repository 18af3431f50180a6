/** The locks of a fleet: taken for a schedule, shared by those that run at the same time on hosts that are locked already. */
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { unlessAborted } from '../core/waiting.ts';
import type { RunRequest } from '../run/request.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { type Hold, openHold } from './hold.ts';
import { placeOf, targetsOf } from './places.ts';
import { remoteGround } from './remote-ground.ts';
import type { Grounds, Site } from './types.ts';

export interface LocksSettings {
  /** What is asked of each run that holds a lock, but its targets. */
  readonly request: RunRequest;
  /** The surroundings of one that this signal ends. */
  around(signal: AbortSignal): Surroundings;
  /** The sites whose lock is taken with the first one, and held until all is closed; left out: as long as somebody works there. */
  readonly keep?: (() => readonly Site[]) | undefined;
}

interface Taken {
  readonly targets: ReadonlySet<string>;
  readonly hold: Promise<Hold>;
  readonly ended: AbortController;
  users: number;
  isOpen: boolean;
}

export class Locks {
  readonly #settings: LocksSettings;
  readonly #taken = new Set<Taken>();
  /** Those that are being given back. */
  readonly #leaving = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(settings: LocksSettings) {
    this.#settings = settings;
  }

  /** Takes the lock of the hosts of all these sites, or of none. Rejects with LockstepError, and with the signal's reason. */
  async open(sites: readonly Site[], { signal }: { readonly signal: AbortSignal }): Promise<Grounds> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new LockstepError('usage', 'the fleet is closed');
    const targets = targetsOf(sites);
    const taken = this.#find(targets) ?? this.#take(targets);
    taken.users++;
    try {
      const hold = await unlessAborted(signal, taken.hold);
      return this.#groundsOf(taken, hold, sites);
    } catch (thrown) {
      const failure = await this.#leave(taken, toLockstepError(thrown));
      throw failure ?? thrown;
    }
  }

  /** Ends what is at work. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = new LockstepError('interrupted', 'the fleet was closed');
    for (const { ended, isOpen } of this.#taken) if (!isOpen) ended.abort(reason);
    const all = [...this.#taken].map(({ hold }) => hold.then((one) => one.release()).catch(() => {}));
    await Promise.all([...all, ...this.#leaving]);
  }

  #find(targets: readonly string[]): Taken | undefined {
    return [...this.#taken].find((one) => targets.every((target) => one.targets.has(target)));
  }

  #take(asked: readonly string[]): Taken {
    const { request, around, keep } = this.#settings;
    const kept = keep?.().filter(({ host }) => host !== undefined) ?? [];
    const targets = [...new Set([...asked, ...targetsOf(kept)])];
    const ended = new AbortController();
    const whole = { ...request, targets: { ...request.targets, hosts: targets } };
    const hold = openHold(whole, around(ended.signal));
    const users = keep === undefined ? 0 : 1;
    const taken: Taken = { targets: new Set(targets), hold, ended, users, isOpen: false };
    this.#taken.add(taken);
    hold.then(
      ({ over }) => {
        taken.isOpen = true;
        over.addEventListener('abort', () => this.#taken.delete(taken), { once: true });
      },
      () => this.#taken.delete(taken),
    );
    return taken;
  }

  #groundsOf(taken: Taken, hold: Hold, sites: readonly Site[]): Grounds {
    const grounds = new Map(
      sites.map((site) => [site.name, remoteGround(hold, placeOf(site, hold.nodes), site)]),
    );
    let isOver = false;
    return {
      of: (site) => {
        const ground = grounds.get(site.name);
        if (ground === undefined) throw new LockstepError('bug', `site ${site.name} was not asked for`);
        return ground;
      },
      signal: hold.over,
      close: async (failure) => {
        if (isOver) return;
        isOver = true;
        const lost = await this.#leave(taken, undefined);
        if (failure === undefined && lost !== undefined) throw lost;
      },
    };
  }

  /** The last one gives the lock back. Resolves to why it was not held until then, where that is so. */
  async #leave(taken: Taken, failure: LockstepError | undefined): Promise<LockstepError | undefined> {
    if (--taken.users > 0) return undefined;
    this.#taken.delete(taken);
    if (failure !== undefined) taken.ended.abort(failure);
    const leaving = taken.hold.then(
      (hold) => hold.release(),
      () => undefined,
    );
    this.#leaving.add(leaving);
    try {
      const lost = await leaving;
      return failure === undefined ? lost : undefined;
    } finally {
      this.#leaving.delete(leaving);
    }
  }
}
