/** The one source of chance of a simulated world: the same seed gives the same world. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring worlds.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    for (let warmUp = 0; warmUp < 3; warmUp++) this.fraction();
  }

  /** From 0 to below 1 (mulberry32). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  /** A whole number; both ends are possible. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to pick from');
    return choices[this.whole(0, choices.length - 1)] as T;
  }

  /** At least `countMin` of them, in their order. */
  some<T>(choices: readonly T[], countMin: number): T[] {
    const taken = new Set<T>();
    const count = this.whole(countMin, choices.length);
    while (taken.size < count) taken.add(this.pick(choices));
    return choices.filter((choice) => taken.has(choice));
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.whole(0, 15).toString(16)).join('');
  }
}
