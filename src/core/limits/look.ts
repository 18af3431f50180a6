/** The bounds of looks at what an upload would change; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const LOOK_LIMITS = {
  /** `--diff` shows no lines of a file that is longer, on either side. */
  diffBytesMax: 256 * KIB,
  /** How much diffs ask of all nodes together. */
  diffTotalBytesMax: 16 * MIB,
  /** Lines of one diff that are shown. */
  diffLinesMax: 200,
  /** `--audit`: extra names on a node, each with all that is below it. */
  extraMax: 10_000,
  /** From this many paths on, the question says what is expected at each. */
  expectedMin: 200,
  /** Up to this many paths, lockstep keeps the list that it sends a node for the next one: some 150 bytes a path. */
  keptPathsMax: 100_000,
  /** One piece of such a list. */
  blockChars: 64 * KIB,
  /** Paths times nodes in question at once: each, with what is known of it, is in memory until its answer. */
  pathsAtOnce: 32_000_000,
  /** How many different archives an upload sends; beyond that some nodes get what only others lack. */
  shipmentsMax: 16,
  /** Names in the first question to a node, which may have none of them. */
  firstBytesMax: 16 * KIB,
  /** The size of an archive that goes with the question whether there is room for it: its receiver's own text is half as long. */
  aheadBytesMax: 64 * KIB,
  /** Differences that a look tells before it waits for its listeners. */
  differencesAtOnce: 500,
} as const;
