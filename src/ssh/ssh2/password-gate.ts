/**
 * Gives the password to one node first, until it is known whether it is right. With a terminal, lockstep asks again for a
 * wrong one. A wrong password never reaches every node, since accounts might be locked for it.
 */
import { type Clock, systemClock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LOGIN_LIMITS } from '../../core/limits/login.ts';
import { atMost } from '../../core/waiting.ts';
import type { Identities } from './keys/identity-settings.ts';

export class PasswordGate {
  readonly #clock: Clock;
  #identities: Identities;
  #isDecided: boolean;
  /** Why no further node gets the password. */
  #closedBy: LockstepError | undefined;
  /** The first login, or the time for which the others wait for it. */
  #headStart: Promise<unknown> | undefined;
  /** Resolves when the one node that has the password has answered, or is lost. */
  #trial: Promise<void> | undefined;
  #silences = 0;

  constructor(identities: Identities, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#identities = identities;
    this.#isDecided = identities.password === undefined;
  }

  async login<T>(attempt: (identities: Identities) => Promise<T>): Promise<T> {
    if (this.#isDecided) return attempt(this.#identities);
    if (this.#headStart !== undefined) {
      await this.#headStart;
      return this.#inTurn(attempt);
    }
    const first = this.#inTurn(attempt);
    const ended = first.then(nothing, nothing);
    this.#headStart = atMost(ended, { clock: this.#clock, timeoutMs: LOGIN_LIMITS.passwordHeadStartMs });
    return first;
  }

  async #inTurn<T>(attempt: (identities: Identities) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#closedBy !== undefined) throw notSent(this.#closedBy);
      if (this.#isDecided) return attempt(this.#identities);
      if (this.#trial !== undefined) await this.#trial;
      else {
        const login = await this.#try(attempt);
        if (login !== undefined) return login.reached;
      }
    }
  }

  /** Resolves to undefined for a node that asked for the password while another one had it. */
  async #try<T>(attempt: (identities: Identities) => Promise<T>): Promise<{ reached: T } | undefined> {
    const identities = this.#identities;
    let [hasIt, isTurnedAway, endTrial] = [false, false, nothing];
    const takePassword = () => {
      isTurnedAway =
        this.#trial !== undefined || identities !== this.#identities || this.#closedBy !== undefined;
      if (isTurnedAway) return false;
      hasIt = true;
      if (!this.#isDecided) {
        this.#trial = new Promise((resolve) => {
          endTrial = resolve;
        });
      }
      return true;
    };
    try {
      const reached = await attempt({ ...identities, takePassword });
      this.#isDecided ||= hasIt;
      return { reached };
    } catch (thrown) {
      if (isTurnedAway) return undefined;
      if (!hasIt || this.#isDecided || !(thrown instanceof LockstepError)) throw thrown;
      if (await this.#mayGoOn(thrown)) return undefined;
      throw thrown;
    } finally {
      if (endTrial !== nothing) this.#trial = undefined;
      endTrial();
    }
  }

  /** Returns whether there is another password to try, after the error of the node that had the last one. */
  async #mayGoOn(error: LockstepError): Promise<boolean> {
    if (error.code !== 'auth') {
      if (++this.#silences >= LOGIN_LIMITS.passwordSilencesMax) this.#closedBy = error;
      return false;
    }
    const again = await this.#identities.askAgain?.();
    if (again === undefined) this.#closedBy = error;
    else this.#identities = again;
    return again !== undefined;
  }
}

const nothing = () => {};

function notSent({ code, node, hint }: LockstepError): LockstepError {
  const whom = node === undefined ? 'another node' : node.id;
  const why =
    code === 'auth'
      ? `${whom} has refused it`
      : `${LOGIN_LIMITS.passwordSilencesMax} nodes had it and did not answer`;
  return new LockstepError('auth', `the password was not tried, since ${why}`, { hint });
}
