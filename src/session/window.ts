/** Bounds how many bytes of a channel are under way, so that neither end keeps more. */
import { LIMITS } from '../core/limits/limits.ts';

export class Window {
  #left: number = LIMITS.sessionWindowBytes;
  #waiters: (() => void)[] = [];
  #isOpen = true;

  /** Notes bytes as sent. Undefined: more may follow at once. A promise: more may follow when it resolves. */
  spend(bytes: number): Promise<void> | undefined {
    this.#left -= bytes;
    if (this.#left > 0 || !this.#isOpen) return undefined;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** The other end has taken this many. */
  refill(bytes: number): void {
    this.#left += bytes;
    if (this.#left > 0) this.#letGo();
  }

  /** The other end takes no more bytes. Writers that wait go on, and none waits again. */
  abandon(): void {
    this.#isOpen = false;
    this.#letGo();
  }

  #letGo(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
