/** The bounds of looks at what an upload would change; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const LOOK_LIMITS = {
  /** `--diff`: a file that is longer, on either side, is told without its lines. */
  diffBytesMax: 256 * KIB,
  /** What all nodes are asked for, for the sake of diffs. */
  diffTotalBytesMax: 16 * MIB,
  /** Lines that are shown of one diff. */
  diffLinesMax: 200,
  /** `--audit`: names that a node has more, each with all that is below it. */
  extraMax: 10_000,
  /** So many paths are asked about with what is expected there. */
  expectedMin: 200,
  /** Of no more paths the list that nodes are sent is kept for the next one, some 150 bytes a path. */
  keptPathsMax: 100_000,
  /** A piece of such a list. */
  blockChars: 64 * KIB,
  /** Paths that nodes are asked about at the same time: each of them, and what is known of it, is in memory till then. */
  pathsAtOnce: 32_000_000,
  /** What nodes are sent differs in so many ways at most; beyond that some get what only others lack. */
  shipmentsMax: 16,
  /** Names that a node is asked about first: it may have none of them. */
  firstBytesMax: 16 * KIB,
  /** An archive of so little is sent with the question whether there is room for it, as its receiver's own text is half as long. */
  aheadBytesMax: 64 * KIB,
  /** Differences that are told before the audience is waited for. */
  differencesAtOnce: 500,
} as const;
