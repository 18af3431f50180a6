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
