/** Waits for a promise, no longer than a time or a signal allows. */
import type { Clock } from './clock.ts';

/** Rejects with the error when the promise takes longer. */
export async function withTimeout<T>(
  promise: Promise<T>,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  error: () => Error,
): Promise<T> {
  let cancel = () => {};
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => reject(error()));
  });
  return Promise.race([promise, timeout]).finally(() => cancel());
}

/** Waits for the promise, but no longer than that: a hang on the other side must not hold us. Resolves with whether it came. */
export async function atMost(
  promise: Promise<unknown>,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<boolean> {
  let cancel = () => {};
  const patience = new Promise<boolean>((resolve) => {
    cancel = clock.after(timeoutMs, () => resolve(false));
  });
  return Promise.race([promise.then(() => true), patience]).finally(() => cancel());
}

/** Rejects with the signal's reason as soon as it aborts, and leaves the promise to itself. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}

/** A promise that others settle. */
export interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Promise.withResolvers, which Node 20 lacks. */
export function withResolvers<T>(): Resolvers<T> {
  let [resolve, reject]: [(value: T) => void, (reason: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((take, refuse) => {
    [resolve, reject] = [take, refuse];
  });
  return { promise, resolve, reject };
}
