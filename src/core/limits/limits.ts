/**
 * Bounds of lockstep, each with its unit and reason. The bounds of one part stand in a file of its own beside this one.
 */
import { OPENSSH_LIMITS } from './openssh.ts';
import { SESSION_LIMITS } from './session.ts';
import { SSH_LIMITS } from './ssh.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  ...SESSION_LIMITS,
  ...OPENSSH_LIMITS,
  ...SSH_LIMITS,

  /** Targets of one run; a typo in a range must not ask for millions. */
  nodesMax: 100_000,
  /** A host file or stdin list. */
  hostListBytesMax: 16 * MIB,
  /** A range as the user writes it; a list of 10,000 numbers in brackets has 60,000. */
  rangeCharsMax: 64 * KIB,
  /** A file of groups; 10,000 hosts by name have some 200 KiB. */
  groupsBytesMax: 4 * MIB,
  /** Groups in groups: nobody nests deeper, and the stack must hold it. */
  groupDepthMax: 100,
  /** How many known groups a message shows beside one that is unknown. */
  groupNamesShown: 10,
  /** How long the program of `--targets-from` may take to print its list. */
  targetsFromMs: 60_000,
  /** A host name, as DNS has it. */
  hostCharsMax: 253,
  /** A login name; useradd stops at 32, directories of large sites go further. */
  userCharsMax: 255,
  /** How much of a refused word a message repeats. */
  quotedInputCharsMax: 100,
  /** Any time that the user may ask for: 7 days. Three of them must fit a timer of Node (2^31 - 1 ms). */
  durationMsMax: 604_800_000,
  /** A request that another program writes: its list of files may be long. */
  requestBytesMax: 16_777_216,
  /** P: time between heartbeats. */
  heartbeatMs: 10_000,
  /** T: a keeper that hears nothing for this long ends its workers and frees the lock. */
  leaseMs: 30_000,
  /** G: between TERM and KILL. */
  killGraceMs: 5_000,
  /** Slack for clock rates and scheduling in the lease's arithmetic. */
  leaseSlackMs: 2_000,
  /** How far wall and monotonic clock may drift apart between two beats before every lease is unproven. */
  clockJumpMs: 5_000,
  /** Keepers that start at once: each start is 10 KB in several copies, and on one thread more of them only queue. */
  keeperStartsAtOnce: 64,
  /** A keeper's first answer, with flock and the look for orphans. */
  lockAnswerTimeoutMs: 30_000,
  /** How long the last words may take to reach the terminal, after a second Ctrl-C or at Ctrl-Z. */
  leaveMs: 300,
  /** How long a keeper may take to release and exit, including the time to end its workers by force. */
  releaseTimeoutMs: 15_000,
  /** How long a commit that has begun on a node may take to end, whatever happens to the controller. */
  commitTimeoutMs: 60_000,
  /** From the last byte of an archive to the node's word that all is staged and proven. */
  stageTimeoutMs: 600_000,
  /** Files of an upload that lockstep names one by one. */
  filesToldMax: 20,
  /** One line of a keeper or receiver; longer ones are not lockstep's. */
  replyLineBytesMax: 64 * KIB,

  /** One line of a node's output; lockstep splits a longer one there, and loses no byte. */
  outputLineBytesMax: 64 * KIB,
  /** Output of one node that may wait for the terminal before lockstep holds the node back. */
  outputQueuePerNodeBytesMax: 1 * MIB,
  /** Output of all nodes that may wait for the terminal. */
  outputQueueBytesMax: 16 * MIB,
  /** One write to the terminal; larger ones are not faster, and a slow reader would hold more of them. */
  terminalWriteBytesMax: 256 * KIB,
  /** The longest pause before a full terminal is tried again; the pauses grow to it. */
  terminalRetryMsMax: 50,
  /** `--bar-format` and `--log-format`. */
  formatCharsMax: 4_096,
  /** Between two drawings of the status bar. */
  barRedrawMs: 100,
  /** How many missing nodes the bar names, once nothing has come from any of them for this long. */
  missingNamedMax: 3,
  missingAfterMs: 3_000,
  /** Without a bar the log names them: after this time, and then at doubling intervals. */
  missingLogAfterMs: 10_000,
  missingLookMs: 1_000,
  /** `-l`: lockstep packs waiting output to this size before it keeps or spills a piece; a piece costs this much beside its bytes. */
  backlogSegmentBytes: 64 * KIB,
  backlogPieceCostBytes: 128,
  /** `--fold=diff` compares outputs up to this size and with this many changed lines, and shows others whole. */
  foldDiffBytesMax: 256 * KIB,
  foldDiffEditsMax: 1_000,
  /** `--outdir`: files open for a write at once; each is open only for its write. */
  nodeFilesAtOnce: 32,
  /** Lines of a node's receiver that an upload shows; `-v` shows all. */
  tarLinesMax: 10,
  /** Nodes and groups that a report names under one heading; `-v` lists them all. */
  reportNamesMax: 5,
  /** A report names more nodes than that as ranges, `web[1-1000]`, where these are no longer than this. */
  reportFoldedCharsMax: 300,
  reportGroupsMax: 20,
  /** `-w`: one record names more nodes than that, with their causes folded. */
  leftOutToldMax: 20,
  /** Nested causes shown; deeper ones are cut, so that a cycle ends. */
  reportDepthMax: 12,

  /** One protocol line (promise S11). */
  protocolLineBytesMax: 4 * KIB,
  /** SYNC messages that one node may send in a run. */
  syncMessagesPerNodeMax: 10_000,
  /** The reason why a tool failed, as the other tools hear it. */
  failureReasonCharsMax: 500,
  /** Protocol bytes that may wait for a tool which never reads; then that node fails, and the others go on. */
  protocolQueueBytesMax: 1 * MIB,
  /** After a round of writes to many tools comes a pause, so that there are no more than these: each takes some 30 µs. */
  protocolWritesPerMs: 5,
  /** Protocol bytes that may wait for one tool in that pause; with more there is none. */
  protocolRestBytesMax: 256 * KIB,
  /** `--barrier-timeout`: how long others wait for the SYNC of a tool that has ended well. */
  barrierTimeoutMs: 600_000,
  /** `--rollback-grace`: how long tools may undo after a failure, before TERM and KILL. */
  rollbackGraceMs: 60_000,
  /** When something still holds the output of a tool that was ended by force, it counts as lost after this time. */
  endedToolMs: 5_000,

  /** Archive bytes in memory over all nodes; a slower node reads on from the spool file. */
  archiveRingBytes: 32 * MIB,
  archiveChunkBytes: 256 * KIB,
  /** The share of a transfer's time that fast nodes wait at most for those that fall out of the ring. */
  laggardPatienceShare: 0.05,
  /** The most patience that adds up, so that a node which stalls late holds nobody for long. */
  laggardPatienceMs: 500,
  /** Spool bytes read for all laggards together; with many of them each read is smaller. */
  spoolReadBytesMax: 32 * MIB,
  /** Spool reads in flight: the thread pool also serves the terminal and the sources. */
  spoolReadsAtOnce: 32,
  /** Lockstep reads a source up to this size whole, several at a time; a larger one block by block. */
  smallFileBytes: 64 * KIB,
  /** Up to this many members a manifest's lines, some 200 bytes each, are made once: for its length and its contents. */
  manifestLinesKept: 100_000,
  /** Sources that lockstep examines or reads ahead at once; more only queue in the thread pool. */
  sourcesAtOnce: 32,
  sparseBytesMin: MIB,
  /** Files of one upload. */
  filesMax: 1_000_000,
  /** One path component, and a whole path, as Linux bounds them. */
  nameBytesMax: 255,
  pathBytesMax: 4_095,

  /** How long work on this machine may take to notice that it is called off; then it counts as hanging. */
  stuckLookMs: 100,
  /** `-L`: between TERM and KILL for its program. */
  programGraceMs: 5_000,
  /** `--timeout`, `--fail-fast`: how long lockstep waits, beyond the grace, for a command that it could not end. */
  endedCommandMs: 15_000,
  /** Between two looks at whether the program has ended. */
  programLookMs: 50,
  /** Looks for processes that the program forked while lockstep stopped it; each finds those that the one before missed. */
  programStopLooksMax: 20,

  /** How much lockstep keeps of what a node says instead of an answer: the end of it. */
  nodeSaidCharsMax: 1_000,
  /** One argument of a program, as Linux takes it: 128 KiB with its end. A command is one argument of its shell. */
  wordBytesMax: 131_071,
  /** A reason or command, as those who meet the lock see it. */
  holderTextCharsMax: 200,
  /** Readers of one shared lock that a refusal names. */
  holdersNamedMax: 3,
  /** `--lock-wait` without a value. */
  lockWaitMs: 30_000,
  /** The pause before the lock is tried again: random, up to the base, which doubles with each refusal up to the ceiling. */
  lockRetryMs: 100,
  lockRetryMsMax: 2_000,
  /** Holders that the log names while one run waits; a line on a terminal shows them all. */
  waitNewsMax: 20,
  /** A look at who holds a lock. */
  lockViewTimeoutMs: 30_000,
  /** Ending a run's keepers and work on a node: their grace, a commit's minute, and some more. */
  lockBreakTimeoutMs: 120_000,
} as const;
