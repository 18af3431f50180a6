/** All mistakes of a rollout file together, each with its place. Pure. */
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';

/** The place of a value: `./rollout.yaml:3:9`. Looked up only for a message. */
export type PositionText = () => string;

interface Mistake {
  readonly text: string;
  readonly hint: string | undefined;
}

export class Mistakes {
  readonly #found: Mistake[] = [];
  #more = 0;

  add(place: PositionText, message: string, hint?: string): void {
    this.#note(() => ({ text: `${place()}: ${message}`, hint }));
  }

  /** Collects the error of a parser of targets as a mistake. */
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

  /** Throws LockstepError `usage` if there are any. */
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
