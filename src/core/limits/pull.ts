/** Bounds of what nodes may send. */
export const PULL_LIMITS = {
  /** Of one node, where the user has said nothing. */
  bytesMax: 1024 ** 3,
  /** What may be asked for: what a number of JavaScript counts without a doubt. */
  bytesMaxMax: 2 ** 50,
  /** Names and attributes of one member, beyond its block: a long path, and a long target. */
  extraHeaderBytesMax: 64 * 1024,
  membersMax: 1_000_000,
  /** Names of one node, and what links lead to, as they are kept while it sends: a million of some 60 bytes. */
  nameBytesMax: 64 * 1024 * 1024,
  /** So much of what a node has sent waits for the disk. */
  waitingBytesMax: 1024 * 1024,
  /** Written at once. */
  writeBytesMax: 256 * 1024,
  /** Of a line that tar says on a node, so much is looked at. */
  saidCharsMax: 16_384,
  /** Members that are left out, by name. */
  leftOutNamedMax: 5,
} as const;
