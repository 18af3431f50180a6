/** Bounds of what chooses among the files of an upload. */
export const CHOOSE_LIMITS = {
  /** A file of patterns: larger ones are data that was named by mistake. */
  patternFileBytesMax: 4 * 1024 * 1024,
  /** A list of names: a million of them, each of 250 bytes. */
  nameListBytesMax: 256 * 1024 * 1024,
  /** So many names that patterns have left out are told. */
  leftOutNamedMax: 5,
} as const;
