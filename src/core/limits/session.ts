/** The bounds of sessions; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const SESSION_LIMITS = {
  /** One frame between a session's holder and a call that joins it: a command, or a chunk of the archive. */
  sessionFrameBytesMax: 4 * MIB,
  /** Bytes of one channel that may be under way, to or from a call that joined, before the sender waits. */
  sessionWindowBytes: 256 * KIB,
  /** Calls that are in a session at once. */
  sessionCallsMax: 64,
  /** Channels of one such call: a few for each of 100,000 nodes. */
  sessionChannelsMax: 400_000,
  /** How soon lockstep asks a server again that had no channel left; it also asks whenever one of its own ends. */
  channelRetryMs: 250,
  /** How often it asks when it has no channel left there that could end. */
  channelRetriesMax: 2,
  /** A call that waits longer for a channel hears which calls it waits for. */
  channelWaitMs: 1_500,
  /** The holder's first answer; it may be busy, but not stopped. */
  sessionAnswerTimeoutMs: 10_000,
  /** With a NUL behind it the address of a socket has 104 bytes on macOS, and 108 on Linux. */
  socketPathBytesMax: 103,
  /** Names in /tmp, or another directory of sockets, among which a session looks for what killed ones have left. */
  leftBehindNamesMax: 10_000,
  /** How many other terminals may ask a run at once. */
  doorCallsMax: 8,
} as const;
