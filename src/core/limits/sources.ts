/** Bounds of reading small sources on the one thread that also serves the network (`src/transfer/small-files.ts`). */
export const SOURCE_LIMITS = {
  /** One that took so long came from the disk itself, or something else has this core: some after it are read in the pool, several at a time. */
  waitMs: 1,
  pooled: 64,
  /** So long they are read without a look at the network. */
  turnMs: 3,
} as const;
