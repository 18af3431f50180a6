/** Bounds of releases; see `limits.ts` beside it. What nodes tell of them is bounded in `src/node/files/releases.sh`. */
export const RELEASE_LIMITS = {
  /** `--keep-releases`, where the user has said nothing. */
  kept: 5,
  keptMax: 100,
  /** What one worker may say; most is told of releases: a line for each, for each that was current, and a few. */
  repliesMax: 1_200,
} as const;
