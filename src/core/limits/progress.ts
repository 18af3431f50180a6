/** Bounds of what is told of bytes under way, and of how fast they may go. */
const KIB = 1024;

export const PROGRESS_LIMITS = {
  /** Bytes are looked at so far apart. What was told by then stays on the screen till the next look. */
  rateSampleMs: 1_000,
  /** A rate that has changed is followed so slowly: after so long the old one counts a third. */
  rateMemoryMs: 8_000,
  /** The first bytes fill buffers on the way; how fast they went says nothing. */
  rateWarmUpMs: 500,
  /** Where nothing has moved for so long there is no rate and no time left, and that is told instead. */
  stalledAfterMs: 3_000,
  /** A longer time left is a guess, and not told. */
  leftSecondsMax: 359_999,
  /** Nodes that are told under the bar. */
  slowestMax: 3,
  /** Lines of a rollout under the bar. */
  rolloutLinesMax: 11,
  /** Without a bar how far all is, is told after so long, and then at doubled distance. */
  newsAfterMs: 10_000,
  /** What an archive has beside the contents of its files, a member: headers, padding, a line of the manifest. */
  memberBytes: 2 * KIB,
  /** And its programs and lists. */
  archiveBytes: 64 * KIB,

  /** `--bwlimit`: what was not used of it is saved up so long. */
  burstMs: 250,
  /** So much of a second's bytes goes to one node at a time, and no more than a chunk, before others have their turn. */
  pieceSeconds: 0.1,
  pieceBytesMin: KIB,
  pieceBytesMax: 256 * KIB,
  bytesPerSecondMin: KIB,
  bytesPerSecondMax: KIB ** 4,
} as const;
