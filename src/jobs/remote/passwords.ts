/**
 * The password of sudo, for all sites of a fleet: the first that needs it asks, the others wait. One node tries a word
 * before any other gets it; if it is refused there, lockstep asks again.
 */
import type { Clock } from '../../core/clock.ts';
import type { Node } from '../../core/node.ts';
import { withTimeout } from '../../core/waiting.ts';
import type { SudoPassword } from '../../node/become.ts';

export interface PasswordSettings {
  /** Resolves to what somebody types. A rejection is an answer, too: there is none. So is silence in all its time. */
  ask(prompt: string): Promise<string>;
  readonly patienceMs: number;
  readonly clock: Clock;
  /** A word that nobody else knows. */
  readonly marker: string;
  readonly triesMax: number;
}

export class AskedPassword implements SudoPassword {
  readonly marker: string;
  readonly #settings: PasswordSettings;
  #word: string | undefined;
  /** Some node has accepted the word. */
  #isProven = false;
  /** Nobody has a word that nodes accept. */
  #isGivenUp = false;
  #wrong = 0;
  /** Some node asks for the word, or tries it; the next one's turn comes when it has an answer. */
  #isTaken = false;
  /** That node's answer was that the word is wrong, and it may ask once more before anybody else does. */
  #isRefused = false;
  #waiting: (() => void)[] = [];

  constructor(settings: PasswordSettings) {
    this.#settings = settings;
    this.marker = settings.marker;
  }

  async wordFor(_node: Node, refusals = 0): Promise<string | undefined> {
    if (refusals > 0 && this.#isRefused) this.#isRefused = false;
    else while (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isProven) return refusals > 0 ? undefined : this.#word;
    if (this.#isGivenUp) return this.#letGo();
    this.#isTaken = true;
    try {
      this.#word ??= await this.#ask();
      return this.#word;
    } catch {
      this.#isGivenUp = true;
      return this.#letGo();
    }
  }

  settle(_node: Node, how: 'accepted' | 'refused' | 'lost'): void {
    // After one success a refusal concerns only the node that refuses.
    if (this.#isProven) return;
    if (how === 'accepted') this.#isProven = true;
    if (how !== 'refused') return this.#letGo();
    this.#word = undefined;
    this.#wrong++;
    this.#isGivenUp = this.#wrong >= this.#settings.triesMax;
    this.#isRefused = true;
    void Promise.resolve().then(() => this.#isRefused && this.#letGo());
  }

  async #ask(): Promise<string> {
    const { ask, patienceMs: timeoutMs, clock } = this.#settings;
    const answer = ask(this.#wrong === 0 ? PROMPT : AGAIN);
    return withTimeout(answer, { clock, timeoutMs }, () => new Error('nobody answers'));
  }

  #letGo(): undefined {
    this.#isTaken = this.#isRefused = false;
    for (const go of this.#waiting.splice(0)) go();
  }
}

const PROMPT = 'password of sudo: ';
const AGAIN = 'sudo has refused it; password of sudo: ';
