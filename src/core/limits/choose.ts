/** Bounds of the rules that choose among the files of an upload. */
export const CHOOSE_LIMITS = {
  /** A file of patterns: a larger one is data that somebody named by mistake. */
  patternFileBytesMax: 4 * 1024 * 1024,
  /** A list of names: a million of 250 bytes each. */
  nameListBytesMax: 256 * 1024 * 1024,
  /** How many of the names that patterns leave out a message shows. */
  leftOutNamedMax: 5,
} as const;
