/** The real bounds divided by some ten thousands, so that small archives meet all of them. */
export const SMALL_LIMITS = {
  archiveRingBytes: 64,
  archiveChunkBytes: 16,
  spoolReadBytesMax: 40,
  spoolReadsAtOnce: 2,
  laggardPatienceShare: 0.05,
  laggardPatienceMs: 500,
};
