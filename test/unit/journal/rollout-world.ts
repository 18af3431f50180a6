/** What is true of the nodes of a rollout, whoever knows it: found from what happened alone, and checked against the rules. */
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';

/** `waiting`: its work has never begun. `down`: failed, out of reach, or in the middle of its work when that was ended. */
export type Truth = 'waiting' | 'at work' | 'done' | 'down';

export class RolloutWorld {
  readonly begun = new Map<string, number>();
  readonly #truth = new Map<string, Truth>();
  readonly #rules: RolloutRules;
  /** Nodes that are down by what is known, and that the run is to work on: they have their places until they begin. */
  #kept = new Set<string>();
  /** Such nodes without places: there was none left for them, or they gave it up since nothing else could start. */
  #placeless = new Set<string>();

  constructor(rules: RolloutRules) {
    this.#rules = rules;
  }

  of(id: string): Truth {
    return this.#truth.get(id) ?? 'waiting';
  }

  all(truth: Truth): string[] {
    return [...this.#truth].flatMap(([id, one]) => (one === truth ? [id] : []));
  }

  /** `again`: nodes that are down by what is known, in the order in which they take places. There may be more of them than places. */
  beginRun(again: readonly string[]): void {
    const kept = new Set<string>();
    for (const id of again) if (!this.#isFullFor(id, (one, isHeld) => isHeld && kept.has(one))) kept.add(id);
    this.#kept = kept;
    this.#placeless = new Set(again.filter((id) => !kept.has(id)));
  }

  begin(id: string): void {
    this.begun.set(id, (this.begun.get(id) ?? 0) + 1);
    const isStill = this.all('at work').length === 0;
    if (this.#isFullFor(id) && isStill) this.#letGo();
    if (this.#isFullFor(id)) throw new Error(`${id} begins, and a limit is exceeded`);
    for (const one of this.#before(id)) throw new Error(`${id} begins before ${one} is done`);
    this.#kept.delete(id);
    this.#placeless.delete(id);
    this.#truth.set(id, 'at work');
  }

  end(id: string, isOk: boolean): void {
    this.#truth.set(id, isOk ? 'done' : 'down');
  }

  /** The leash of the nodes ends what is at work. */
  kill(): void {
    for (const id of this.all('at work')) this.end(id, false);
  }

  /** A node that is down has its place already: those that are out of reach may be more than there are places. */
  #isFullFor(id: string, takes = (one: string, isHeld: boolean) => this.#takes(one, isHeld)): boolean {
    return this.#rules.limits.some(({ nodes, max, onFailure }) => {
      const isHeld = (onFailure ?? this.#rules.onFailure) !== 'release';
      const taken = nodes.filter((one) => takes(one, isHeld));
      return nodes.includes(id) && !taken.includes(id) && taken.length >= max;
    });
  }

  #takes(id: string, isHeld: boolean): boolean {
    const isDown = this.#kept.has(id) || (this.of(id) === 'down' && !this.#placeless.has(id));
    return this.of(id) === 'at work' || (isHeld && isDown);
  }

  #letGo(): void {
    for (const id of this.#kept) this.#placeless.add(id);
    this.#kept.clear();
  }

  /** Nodes that are in the way of its order. */
  #before(id: string): readonly string[] {
    return this.#rules.threads.flatMap(({ slots, require }) => {
      const at = slots.findIndex(({ nodes }) => nodes.includes(id));
      const before = slots.slice(0, Math.max(0, at)).flatMap(({ nodes }) => nodes);
      const isOver = (one: string) =>
        this.of(one) === 'done' || (require === 'finished' && this.of(one) === 'down');
      return before.filter((one) => !isOver(one));
    });
  }
}
