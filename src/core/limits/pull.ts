/** Bounds of what nodes may send. */
export const PULL_LIMITS = {
  /** From one node, unless the user says otherwise. */
  bytesMax: 1024 ** 3,
  /** The most that the user may ask for: JavaScript still counts it exactly. */
  bytesMaxMax: 2 ** 50,
  /** Names and attributes of one member, beyond its block: a long path, and a long target. */
  extraHeaderBytesMax: 64 * 1024,
  membersMax: 1_000_000,
  /** Names from one node and targets of links that lockstep keeps while the node sends: a million of some 60 bytes. */
  nameBytesMax: 64 * 1024 * 1024,
  /** How much of what a node has sent may wait for the disk. */
  waitingBytesMax: 1024 * 1024,
  /** One write. */
  writeBytesMax: 256 * 1024,
  /** How much lockstep reads of a line that tar prints on a node. */
  saidCharsMax: 16_384,
  /** Members left out that a message names. */
  leftOutNamedMax: 5,
} as const;
