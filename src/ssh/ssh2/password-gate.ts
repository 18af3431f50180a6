/**
 * One node is logged in to before all others, as long as it is not known whether the password is right: a wrong one is asked for
 * again, and was not sent to every node, where accounts might be locked for it.
 */
import { LockstepError } from '../../core/errors.ts';
import type { Identities } from './identities.ts';

export class PasswordGate {
  #identities: Identities;
  /** The login that decides. Undefined: nobody has begun, or a node was no help, since it could not be reached. */
  #deciding: Promise<void> | undefined;
  #isDecided: boolean;

  constructor(identities: Identities) {
    this.#identities = identities;
    this.#isDecided = identities.askAgain === undefined;
  }

  async login<T>(attempt: (identities: Identities) => Promise<T>): Promise<T> {
    while (!this.#isDecided && this.#deciding !== undefined) await this.#deciding;
    if (this.#isDecided) return attempt(this.#identities);
    const first = this.#decide(attempt);
    const over = () => {
      this.#deciding = undefined;
    };
    this.#deciding = first.then(over, over);
    return first;
  }

  async #decide<T>(attempt: (identities: Identities) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const connection = await attempt(this.#identities);
        this.#isDecided = true;
        return connection;
      } catch (thrown) {
        if (!(thrown instanceof LockstepError) || thrown.code !== 'auth') throw thrown;
        const again = await this.#identities.askAgain?.();
        this.#isDecided = again === undefined;
        if (again === undefined) throw thrown;
        this.#identities = again;
      }
    }
  }
}
