/** Bounds of reading small sources on the one thread that also serves the network (`src/transfer/small-files.ts`). */
export const SOURCE_LIMITS = {
  /** A slower read came from the disk, or this core is busy: then the pool reads some of the next files, several at a time. */
  waitMs: 1,
  pooled: 64,
  /** How long this thread reads them without a look at the network. */
  turnMs: 3,
} as const;
