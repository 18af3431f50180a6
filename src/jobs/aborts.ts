/** Signals that end work, as errors that say so. */
import { LockstepError } from '../core/errors.ts';

/** The reason of a signal that was aborted, as ours. */
export function abortError(signal: AbortSignal | undefined): LockstepError {
  const reason: unknown = signal?.reason;
  if (reason instanceof LockstepError) return reason;
  const isPlain = reason instanceof Error && reason.name === 'AbortError';
  const text = reason instanceof Error ? reason.message : String(reason);
  const message = isPlain || reason === undefined ? 'was aborted' : `was aborted: ${text}`;
  return new LockstepError('interrupted', message, { causes: [reason] });
}

/** Calls back when any of them is aborted, or is so already; the returned function lets go of them. */
export function onAnyAbort(
  signals: readonly (AbortSignal | undefined)[],
  abort: (error: LockstepError) => void,
): () => void {
  const stops = signals.map((signal) => {
    const onAbort = () => abort(abortError(signal));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return () => signal?.removeEventListener('abort', onAbort);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/** Ends a schedule for the first of several reasons. */
export class Ender {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[] = [];

  constructor(signals: readonly (AbortSignal | undefined)[]) {
    for (const signal of signals) this.follow(signal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  follow(signal: AbortSignal | undefined): void {
    this.#stops.push(onAnyAbort([signal], (error) => this.#controller.abort(error)));
  }

  check(): void {
    if (this.signal.aborted) throw abortError(this.signal);
  }

  onAbort(end: (why: LockstepError) => void): void {
    this.#stops.push(onAnyAbort([this.signal], end));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
