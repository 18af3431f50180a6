/** Bounds of how lockstep shows bytes under way, and of how fast they may go. */
const KIB = 1024;

export const PROGRESS_LIMITS = {
  /** The interval at which lockstep counts bytes. A figure stays on the screen until the next count. */
  rateSampleMs: 1_000,
  /** How slowly the rate follows a change: after this time the old one counts for a third. */
  rateMemoryMs: 8_000,
  /** The first bytes fill buffers on the way, so how fast they go says nothing. */
  rateWarmUpMs: 500,
  /** When nothing has moved for this long there is no rate and no time left; lockstep says that instead. */
  stalledAfterMs: 3_000,
  /** A longer time left is a guess, and not shown. */
  leftSecondsMax: 359_999,
  /** Slow nodes that stand under the bar. */
  slowestMax: 3,
  /** Lines of a rollout under the bar. */
  rolloutLinesMax: 11,
  /** Without a bar the log says how far all is: after this time, and then at doubling intervals. */
  newsAfterMs: 10_000,
  /** What an archive has beside the contents of its files, for each member: headers, padding, a line of the manifest. */
  memberBytes: 2 * KIB,
  /** And for its programs and lists. */
  archiveBytes: 64 * KIB,

  /** `--bwlimit`: how much unused time adds up. */
  burstMs: 250,
  /** How much of a second's bytes goes to one node at a time, and no more than a chunk, before others have their turn. */
  pieceSeconds: 0.1,
  pieceBytesMin: KIB,
  pieceBytesMax: 256 * KIB,
  bytesPerSecondMin: KIB,
  bytesPerSecondMax: KIB ** 4,
} as const;
