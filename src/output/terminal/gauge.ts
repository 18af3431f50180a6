/** Counts waiting bytes against a bound. A writer beyond it waits until half of the bound is free again. */
export class Gauge {
  readonly #bytesMax: number;
  #bytes = 0;
  #room: Promise<void> | undefined;
  #wake = () => {};

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes > this.#bytesMax / 2) return;
    this.#room = undefined;
    this.#wake();
  }

  /** Undefined while there is room; all who wait share one promise. */
  whenRoom(): Promise<void> | undefined {
    if (this.#bytes <= this.#bytesMax) return undefined;
    this.#room ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#room;
  }
}
