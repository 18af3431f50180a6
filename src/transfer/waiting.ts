/** Two small ways to wait: for a change, and for a turn. */

/** Something changed; whoever waits looks again. */
export class Change {
  #wake: (() => void) | undefined;
  #next: Promise<void> | undefined;

  /** Resolves at the next notice. */
  wait(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#next;
  }

  notify(): void {
    this.#wake?.();
    this.#wake = this.#next = undefined;
  }
}

/** Lets so many pieces of work run at once; the others wait in line. */
export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn goes straight to the next in line, if there is one.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
