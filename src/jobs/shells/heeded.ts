/** A promise that knows whether anybody waits for it: a failure of which nobody hears must not look like success. */
export class Heeded<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  isHeeded = false;

  // biome-ignore lint/suspicious/noThenProperty: `await` and `catch` call it, too
  override then<A = T, B = never>(
    taken?: ((value: T) => A | PromiseLike<A>) | null,
    refused?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHeeded = true;
    return super.then(taken, refused);
  }

  /** `unheard`: called if it rejects before anybody waits for it; somebody may do so later. */
  static of<T>(promise: Promise<T>, unheard: (failure: Unheard) => void): Heeded<T> {
    const heeded = new Heeded<T>((resolve, reject) => promise.then(resolve, reject));
    Promise.prototype.then.call(heeded, undefined, (error) => {
      if (!heeded.isHeeded) unheard({ error, isHeard: () => heeded.isHeeded });
    });
    return heeded;
  }
}

export interface Unheard {
  readonly error: unknown;
  /** Somebody has heard of it by now. */
  isHeard(): boolean;
}
