/** The bounds of looks at what an upload would change; see `limits.ts`. */
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
  /** Differences that are told before the audience is waited for. */
  differencesAtOnce: 500,
} as const;
