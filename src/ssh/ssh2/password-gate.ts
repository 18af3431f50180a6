/**
 * Logs in to one node before all others until it is known whether the password is right. A wrong password is asked for again,
 * where there is a terminal, and never reaches every node, which might lock accounts for it.
 */
import { LockstepError } from '../../core/errors.ts';
import type { Identities } from './identities.ts';

export class PasswordGate {
  #identities: Identities;
  /** The login that decides. Undefined where none has begun, or the node could not be reached or took no password. */
  #deciding: Promise<void> | undefined;
  #isDecided: boolean;
  #refusedBy: LockstepError | undefined;

  constructor(identities: Identities) {
    this.#identities = identities;
    this.#isDecided = identities.password === undefined;
  }

  async login<T>(attempt: (identities: Identities) => Promise<T>): Promise<T> {
    while (!this.#isDecided && this.#deciding !== undefined) await this.#deciding;
    if (this.#refusedBy !== undefined) throw notSent(this.#refusedBy);
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
      let isSent = false;
      const onPasswordSent = () => {
        isSent = true;
      };
      try {
        const connection = await attempt({ ...this.#identities, onPasswordSent });
        this.#isDecided = isSent;
        return connection;
      } catch (thrown) {
        if (!isSent || !(thrown instanceof LockstepError) || thrown.code !== 'auth') throw thrown;
        const again = await this.#identities.askAgain?.();
        if (again === undefined) {
          [this.#isDecided, this.#refusedBy] = [true, thrown];
          throw thrown;
        }
        this.#identities = again;
      }
    }
  }
}

function notSent({ node, hint }: LockstepError): LockstepError {
  const whom = node === undefined ? 'another node' : node.id;
  return new LockstepError('auth', `the password was not tried, since ${whom} has refused it`, { hint });
}
