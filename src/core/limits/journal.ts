/** The bounds of the journal; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const JOURNAL_LIMITS = {
  /** With more runs than this the oldest go, down to the second number: so not every run has to remove one. */
  runsMax: 500,
  runsKept: 450,
  /** All runs together. Checked only after a run of more than `smallRunBytes`: as many small ones as are kept are less. */
  bytesMax: 256 * MIB,
  smallRunBytes: 256 * KIB,
  /** A file takes a multiple of it on the disk. */
  blockBytes: 4 * KIB,
  /** Events of one run. */
  eventBytesMax: 64 * MIB,
  /** `--keep-output`: one stream of one node, and all of a run. */
  outputFileBytesMax: MIB,
  outputBytesMax: 64 * MIB,
  /** Names of files that have a digest each; beyond these all share one. */
  sourcesMax: 100,
  /** A longer file of `-i` is known by its size and times alone. */
  inputBytesHashed: 8 * MIB,
  /** How long events wait for others to be written with them. */
  gatherMs: 200,
  /** How long a node of a rollout waits until the journal has written that it begins. */
  keptMs: 1_000,
  /** How far the clocks of machines that share a home may be apart; Kerberos bears no more, either. */
  clockSkewMs: 5 * 60_000,
  /** How long `last` and `-1` wait for the head of a run that begins just now. */
  headMs: 1_000,
  /** How long the report waits for a disk that does not answer, and for the removal of old runs. */
  closeMs: 2_000,
  /** A run of another machine or container that has written nothing for this long counts as over. */
  unseenMs: 7 * 24 * 3_600_000,
  /** `lockstep runs` without --last. */
  runsShown: 20,
  /** Lines of `lockstep report`. */
  reportRowsMax: 40,
  /** And of its page; also names of nodes that share one row. */
  htmlRowsMax: 2_000,
  htmlNamesCharsMax: 2_000,
  /** A command in a line of `lockstep runs`. */
  commandCharsMax: 60,
  /** Names of nodes in a line of `lockstep show`. */
  namesShown: 4,
  /** How often `lockstep log -f` looks. */
  followMs: 250,
} as const;
