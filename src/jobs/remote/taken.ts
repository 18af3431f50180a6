/** A lock that a fleet has taken, or is about to take, and how many work under it. */
import type { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import type { RunRequest } from '../../run/request/request.ts';
import type { Surroundings } from '../../run/surroundings.ts';
import { keyOf } from '../sites/places.ts';
import type { Hold } from './hold.ts';

export interface TakenSettings {
  /** The request of each run that holds a lock, without its targets. */
  readonly request: RunRequest;
  /** The surroundings of such a run; the signal ends it. */
  around(signal: AbortSignal): Surroundings;
  /** In production `openHold`. */
  open(request: RunRequest, here: Surroundings): Promise<Hold>;
}

export class Taken {
  readonly hold: Promise<Hold>;
  /** Resolves when nothing of it is left; never rejects. */
  readonly gone: Promise<unknown>;
  /** How many work under it, or wait for it. The last one gives it back. */
  users = 0;
  readonly #keys: ReadonlySet<string>;
  readonly #ended = new AbortController();
  #isOpen = false;

  constructor(nodes: readonly Node[], { request, around, open }: TakenSettings) {
    const byKey = new Map([...nodes].reverse().map((node) => [keyOf(node), node]));
    this.#keys = new Set(byKey.keys());
    const hosts = [...byKey.values()].reverse().map(({ given }) => given);
    const whole = { ...request, targets: { ...request.targets, hosts } };
    this.hold = open(whole, around(this.#ended.signal));
    this.gone = this.hold.then(
      ({ gone }) => gone,
      () => {},
    );
    this.hold.then(
      () => {
        this.#isOpen = true;
      },
      () => {},
    );
  }

  has(node: Node): boolean {
    return this.#keys.has(keyOf(node));
  }

  /** Resolves when nothing of it is left: with an error if the lock was lost before. */
  async release(why: LockstepError | undefined): Promise<LockstepError | undefined> {
    // The work under an open lock has ended, so its nodes give it back; a wait for a lock is called off.
    if (why !== undefined && !this.#isOpen) this.#ended.abort(why);
    const lost = await this.hold.then(
      (hold) => hold.release(),
      () => undefined,
    );
    return why === undefined ? lost : undefined;
  }
}
