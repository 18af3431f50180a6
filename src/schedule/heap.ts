/** Things with a number each, the smallest first. */
export class Heap<Thing> {
  readonly #keyOf: (thing: Thing) => number;
  readonly #things: Thing[] = [];

  constructor(keyOf: (thing: Thing) => number) {
    this.#keyOf = keyOf;
  }

  first(): Thing | undefined {
    return this.#things[0];
  }

  push(thing: Thing): void {
    const things = this.#things;
    const key = this.#keyOf(thing);
    let at = things.length;
    things.push(thing);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = things[above] as Thing;
      if (this.#keyOf(other) <= key) break;
      things[at] = other;
      at = above;
    }
    things[at] = thing;
  }

  pop(): Thing | undefined {
    const things = this.#things;
    const first = things[0];
    const last = things.pop();
    if (last === undefined || things.length === 0) return first;
    const key = this.#keyOf(last);
    let at = 0;
    for (;;) {
      const below = this.#smallestBelow(at);
      if (below === undefined || this.#keyOf(things[below] as Thing) >= key) break;
      things[at] = things[below] as Thing;
      at = below;
    }
    things[at] = last;
    return first;
  }

  #smallestBelow(at: number): number | undefined {
    const left = 2 * at + 1;
    const right = left + 1;
    if (left >= this.#things.length) return undefined;
    if (right >= this.#things.length) return left;
    return this.#keyOf(this.#things[right] as Thing) < this.#keyOf(this.#things[left] as Thing)
      ? right
      : left;
  }
}
