/** Signals that end work, as errors that say so. */
import { LockstepError } from '../../core/errors.ts';

/** The reason of an aborted signal, as a LockstepError. */
export function abortError(signal: AbortSignal | undefined): LockstepError {
  const reason: unknown = signal?.reason;
  if (reason instanceof LockstepError) return reason;
  const isPlain = reason instanceof Error && reason.name === 'AbortError';
  const text = reason instanceof Error ? reason.message : String(reason);
  const message = isPlain || reason === undefined ? 'was aborted' : `was aborted: ${text}`;
  return new LockstepError('interrupted', message, { causes: [reason] });
}

/** Calls back when any of them aborts, or at once if one has; the returned function lets go of them. */
export function onAnyAbort(
  signals: readonly (AbortSignal | undefined)[],
  abort: (error: LockstepError) => void,
): () => void {
  const stops = signals.map((signal) => onAbort(signal, () => abort(abortError(signal))));
  return () => {
    for (const stop of stops) stop();
  };
}

/** The listeners of each signal: Node.js warns of more than ten, and many commands may share one signal. */
const HEARERS = new WeakMap<AbortSignal, Set<() => void>>();

function onAbort(signal: AbortSignal | undefined, hear: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    hear();
    return () => {};
  }
  const hearers = HEARERS.get(signal) ?? listenTo(signal);
  // The same function may want to be called twice.
  const own = () => hear();
  hearers.add(own);
  return () => {
    hearers.delete(own);
    if (hearers.size > 0 || HEARERS.get(signal) !== hearers) return;
    HEARERS.delete(signal);
    signal.removeEventListener('abort', tellHearers);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const hearers = new Set<() => void>();
  HEARERS.set(signal, hearers);
  signal.addEventListener('abort', tellHearers, { once: true });
  return hearers;
}

/** One for all signals, so that any signal can remove it. */
function tellHearers(this: AbortSignal): void {
  const hearers = HEARERS.get(this);
  HEARERS.delete(this);
  for (const hear of hearers ?? []) hear();
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

  abort(error: LockstepError): void {
    this.#controller.abort(error);
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
