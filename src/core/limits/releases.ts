/** Bounds of releases; see `limits.ts` beside it. `src/node/files/releases.sh` bounds what nodes tell of them. */
export const RELEASE_LIMITS = {
  /** `--keep-releases`, unless the user says otherwise. */
  kept: 5,
  keptMax: 100,
  /** Replies of one worker; releases need the most: a line for each, one for each that was current, and a few. */
  repliesMax: 1_200,
} as const;
