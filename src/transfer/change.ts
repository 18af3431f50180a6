/** Tells those who wait that something has changed, so that they look again. */
export class Change {
  #wake: (() => void) | undefined;
  #next: Promise<void> | undefined;

  /** Resolves at the next `notify`. */
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
