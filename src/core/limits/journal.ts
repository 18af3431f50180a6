/** The bounds of the journal; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const JOURNAL_LIMITS = {
  /** When there are more runs than these, the oldest go, until so many are left: not at each run. */
  runsMax: 500,
  runsKept: 450,
  /** All runs together. Looked at only after a run that took more than `smallRunBytes`: as many small ones as are kept are less. */
  bytesMax: 256 * MIB,
  smallRunBytes: 256 * KIB,
  /** A file takes a multiple of it. */
  blockBytes: 4 * KIB,
  /** Events of one run. */
  eventBytesMax: 64 * MIB,
  /** `--keep-output`: one stream of one node, and all of a run. */
  outputFileBytesMax: MIB,
  outputBytesMax: 64 * MIB,
  /** Names of files with a digest each; more have one together. */
  sourcesMax: 100,
  /** A file of `-i` that is longer is known by its size and times. */
  inputBytesHashed: 8 * MIB,
  /** Events wait so long for others that are written with them. */
  gatherMs: 200,
  /** A node of a rollout waits so long until it is written that it begins. */
  keptMs: 1_000,
  /** The report waits so long for a disk that does not answer, and for the removal of old runs. */
  closeMs: 2_000,
  /** A run of another machine, or container, that has written nothing for so long is taken for over. */
  unseenMs: 7 * 24 * 3_600_000,
  /** `lockstep runs` without --last. */
  runsShown: 20,
  /** Lines of `lockstep report`. */
  reportRowsMax: 40,
  /** And of its page; names of nodes that share one. */
  htmlRowsMax: 2_000,
  htmlNamesCharsMax: 2_000,
  /** A command, in a line of `lockstep runs`. */
  commandCharsMax: 60,
  /** Nodes by name, in a line of `lockstep show`. */
  namesShown: 4,
  /** `lockstep log -f` looks so often. */
  followMs: 250,
} as const;
