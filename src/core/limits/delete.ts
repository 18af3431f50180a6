/** Bounds of `--delete` on nodes. */
export const DELETE_LIMITS = {
  /** On one node; a directory that goes as a whole counts as one. */
  namesMax: 100_000,
  /** Before it deletes more names, those in directories included, lockstep asks. */
  unaskedMax: 100,
  /** How many of them the question shows. */
  namedMax: 5,
} as const;
