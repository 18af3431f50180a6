/** Bounds of taking locks, each with its reason. */
export const LOCK_LIMITS = {
  /** A run that is still taking its locks is waited for so long: it has them all, or gives them back, in a few round trips. */
  takerPatienceMs: 10_000,
  /** Who holds a lock cannot be seen: only another run that gives it back at once is worth a wait, and not one behind a first lock that is held. */
  unseenPatienceMs: 2_000,
  /** Before a node is asked again: at random up to the base, doubled with each refusal up to the ceiling. */
  takerRetryMs: 100,
  takerRetryMsMax: 500,
} as const;
