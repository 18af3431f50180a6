/** What is wrong in a rollout file, all of it together, each with its place. Pure. */
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';

/** Where something stands: `./rollout.yaml:3:9`. It is looked up only where it is told. */
export type Place = () => string;

interface Mistake {
  readonly text: string;
  readonly hint: string | undefined;
}

export class Mistakes {
  readonly #found: Mistake[] = [];
  #more = 0;

  add(place: Place, message: string, hint?: string): void {
    this.#note(() => ({ text: `${place()}: ${message}`, hint }));
  }

  /** What a parser of targets throws is one of them. */
  catch<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== 'usage') throw error;
      this.#note(() => ({ text: error.message, hint: error.hint }));
      return undefined;
    }
  }

  #note(mistake: () => Mistake): void {
    if (this.#found.length === ROLLOUT_LIMITS.mistakesMax) this.#more += 1;
    else this.#found.push(mistake());
  }

  /** Throws LockstepError `usage` where there are any. */
  refuse(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    const hint = first.hint ?? 'docs/rollouts.md tells what stands in a rollout file';
    if (others.length === 0) throw new LockstepError('usage', first.text, { hint });
    const more = this.#more === 0 ? [] : [`and ${this.#more} more`];
    const causes = [...this.#found.map(({ text }) => text), ...more];
    const message = `the rollout file has ${this.#found.length + this.#more} mistakes`;
    throw new LockstepError('usage', message, { hint, causes });
  }
}
