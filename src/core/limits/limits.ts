/**
 * Every bound of lockstep, with its unit and reason. A number that limits something stands here or nowhere.
 */
import { OPENSSH_LIMITS } from './openssh.ts';
import { SESSION_LIMITS } from './session.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  ...SESSION_LIMITS,
  ...OPENSSH_LIMITS,

  /** Targets of one run; a typo in a range must not ask for millions. */
  nodesMax: 100_000,
  /** A host file or stdin list. */
  hostListBytesMax: 16 * MIB,
  /** A range as it is written; a list of 10,000 numbers in brackets has 60,000. */
  rangeCharsMax: 64 * KIB,
  /** A file of groups; 10,000 hosts by name have some 200 KiB. */
  groupsBytesMax: 4 * MIB,
  /** Groups in groups: nobody nests deeper, and the stack must hold it. */
  groupDepthMax: 100,
  /** So many names of groups are told where one is not among them. */
  groupNamesShown: 10,
  /** What `--targets-from` runs gets so long to print its list. */
  targetsFromMs: 60_000,
  /** A host name, as DNS has it. */
  hostCharsMax: 253,
  /** A login name; useradd stops at 32, directories of large sites go further. */
  userCharsMax: 255,
  /** So much of a refused word is repeated in the message. */
  quotedInputCharsMax: 100,
  /** Any time the user may ask for: 7 days. Three of them must fit a timer of Node (2^31 - 1 ms). */
  durationMsMax: 604_800_000,
  /** Connections being set up at once (`-d`): more only queue on one thread, and sshd's MaxStartups drops them. */
  connectsAtOnce: 64,
  /** TCP connect with name resolution (`--conn-timeout`). */
  connectTimeoutMs: 10_000,
  /** Jump hosts on the way to one node. */
  jumpsMax: 16,
  /** Nodes behind one connection to a jump host: sshd would take 10,000 channels, with a descriptor for each of 1,024, a small server 100. */
  nodesPerJumpConnection: 100,
  /** Between two of several attempts to connect (ConnectionAttempts), as in OpenSSH. */
  connectPauseMs: 1_000,
  /** A connection that was dropped before the login is tried again as a lock is; no longer than so, as `--conn-timeout 0` is no limit. */
  dropRetryMs: 200,
  dropRetryMsMax: 3_000,
  dropPatienceMs: 120_000,
  /** Names looked up at once; the system's resolver blocks a thread for each, and gets half of four. */
  lookupsAtOnce: 16,
  /** Open files that a process needs beside its connections: sources, spools, files of nodes, a terminal. */
  filesBesideNodes: 100,
  /** SSH handshake and authentication together, prompts not counted. */
  handshakeTimeoutMs: 30_000,
  /** Opening a channel and having the command accepted. */
  execTimeoutMs: 30_000,
  /** `--send-timeout` and `--recv-timeout`. */
  sendTimeoutMs: 60_000,
  receiveTimeoutMs: 60_000,
  /** TCP keep-alive probe interval (`--keep-alive`). */
  keepAliveMs: 10_000,
  /** When a command's end has come on one output, and the other is silent, its end there is waited for so long. */
  otherEndMs: 3_000,
  /** A connection that does not close politely is destroyed after this. */
  closeGraceMs: 1_000,
  /** Work on this machine that was called off gets so long to notice, before it is taken to hang. */
  stuckLookMs: 100,
  /** The first of several addresses of a host gets so long before the next one is tried. */
  addressAttemptMs: 1_000,
  /** Listing the keys of ssh-agent. */
  agentTimeoutMs: 10_000,
  /** Before the user is told whom we wait for. */
  agentPatienceMs: 1_000,
  /** A passphrase or password that was wrong is asked for again. */
  secretTriesMax: 3,
  /** Signatures that ssh-agent is asked for at once, and so connections to it. */
  agentSignsAtOnce: 4,
  /** Keys that one login tries: sshd's MaxAuthTries, after which it ends the connection. */
  authTriesMax: 6,
  /** A key file, or what ssh-agent answers; real ones have a few KiB. */
  keyFileBytesMax: 1 * MIB,
  /** So much of the file of `-i` is looked at for a private key. */
  keyHeadBytes: 64 * KIB,
  /** A file of ssh_config. */
  sshConfigBytesMax: 1 * MIB,
  /** Files of ssh_config in each other, as OpenSSH has it, and in all. */
  sshConfigDepthMax: 16,
  sshConfigFilesMax: 1_000,
  /** A known_hosts file: about 100,000 hosts. */
  knownHostsBytesMax: 64 * MIB,
  /** A password or passphrase as it is typed; OpenSSH takes 1,023. */
  secretCharsMax: 1_023,
  /** What a server says in a refusal is cut there. */
  serverTextCharsMax: 200,
  /** Bytes read ahead of each output of a held channel, before its window stays shut (the window itself is 2 MiB). */
  channelReadAheadBytes: 64 * KIB,
  /** A channel that is held back and has sent more than this ignores its window, which no honest server does. */
  channelReceiveBytesMax: 4 * MIB,
  /** Bytes written to one channel and not yet taken by its window; ssh2's own bound of 2 MiB is too lax for 1,000 nodes. */
  channelQueueBytesMax: 256 * KIB,
  /** Bytes that all nodes together were sent and have not read, before the next ones wait: 80 MB/s at a round trip of 50 ms. */
  unreadTotalBytesMax: 4 * MIB,
  /** But each node may have so many of them: sshd keeps them cheaply. */
  unreadBytesMin: 256 * KIB,
  /** So long they wait at most. After a wait without a word more may be under way, so that nodes farther away have the whole window soon. */
  unreadPauseMs: 100,

  /** A request that another program has written: a list of files may be long. */
  requestBytesMax: 16_777_216,
  /** P: time between heartbeats. */
  heartbeatMs: 10_000,
  /** T: a keeper that hears nothing for so long ends its workers and frees the lock. */
  leaseMs: 30_000,
  /** G: between TERM and KILL. */
  killGraceMs: 5_000,
  /** Clock rate and scheduling slack in the lease's arithmetic. */
  leaseSlackMs: 2_000,
  /** Wall and monotonic clock may drift apart so far between two beats before every lease is unproven. */
  clockJumpMs: 5_000,
  /** Keepers being started at once: each start is 10 KB in several copies, and on one thread more of them only queue. */
  keeperStartsAtOnce: 64,
  /** A keeper's first answer, flock and the look for orphans included. */
  lockAnswerTimeoutMs: 30_000,
  /** A second Ctrl-C, or Ctrl-Z: the last words have so long to reach the terminal. */
  leaveMs: 300,
  /** A keeper that was told to release must be gone by then, its workers ended by force. */
  releaseTimeoutMs: 15_000,
  /** A commit that has begun on a node may take so long to end, whatever happens to the controller. */
  commitTimeoutMs: 60_000,
  /** From the last byte of an archive to the node's word that all is staged and proven. */
  stageTimeoutMs: 600_000,
  /** Files of an upload that are told by name. */
  filesToldMax: 20,
  /** One line of a keeper or receiver; longer ones are not ours. */
  replyLineBytesMax: 64 * KIB,

  /** One line of a node's output; a longer one is split there, no byte lost. */
  outputLineBytesMax: 64 * KIB,
  /** Output of one node that waits for the terminal, before the node is held back. */
  outputQueuePerNodeBytesMax: 1 * MIB,
  /** Output of all nodes that waits for the terminal. */
  outputQueueBytesMax: 16 * MIB,
  /** One write to the terminal; more is not faster, and a slow reader would hold more of it. */
  terminalWriteBytesMax: 256 * KIB,
  /** A full terminal is tried again at growing distance, at last so often. */
  terminalRetryMsMax: 50,
  /** `--bar-format` and `--log-format`. */
  formatCharsMax: 4_096,
  /** Between two drawings of the status bar. */
  barRedrawMs: 100,
  /** So many nodes that are waited for are named in the bar, when so long nothing has come from any. */
  missingNamedMax: 3,
  missingAfterMs: 3_000,
  /** Without a bar the log names them: after this time, and then at doubled distance. */
  missingLogAfterMs: 10_000,
  missingLookMs: 1_000,
  /** `-l`: output that waits is packed so far before it is kept or spilled as one piece; a piece of it costs so much beside its bytes. */
  backlogSegmentBytes: 64 * KIB,
  backlogPieceCostBytes: 128,
  /** `--fold=diff`: outputs up to this size, with so many lines changed, are compared; others are shown whole. */
  foldDiffBytesMax: 256 * KIB,
  foldDiffEditsMax: 1_000,
  /** `--outdir`: files being written at once; each is open only for its write. */
  nodeFilesAtOnce: 32,
  /** Lines of the receiver of an upload that are shown of each node; `-v` shows all. */
  tarLinesMax: 10,
  /** Nodes named, and groups listed, under one heading of a report; `-v` lists them all. */
  reportNamesMax: 5,
  /** More nodes than that are named as ranges, `web[1-1000]`, where these are no longer than this. */
  reportFoldedCharsMax: 300,
  reportGroupsMax: 20,
  /** `-w`: more nodes than that are told in one record, with their causes folded. */
  leftOutToldMax: 20,
  /** Nested causes shown; deeper ones are cut, so that a cycle ends. */
  reportDepthMax: 12,

  /** One protocol line (promise S11). */
  protocolLineBytesMax: 4 * KIB,
  /** SYNC messages that one node may send in a run. */
  syncMessagesPerNodeMax: 10_000,
  /** Why a tool failed, as the other tools are told. */
  failureReasonCharsMax: 500,
  /** Protocol bytes queued for a tool that never reads; then that node fails, the others go on. */
  protocolQueueBytesMax: 1 * MIB,
  /** After a round of writes to many tools so much time passes that they are no more than this: each takes some 30 µs. */
  protocolWritesPerMs: 5,
  /** Protocol bytes that wait for one tool during that time; with more there is no rest. */
  protocolRestBytesMax: 256 * KIB,
  /** `--barrier-timeout`: others wait so long for the SYNC of a tool that has ended well. */
  barrierTimeoutMs: 600_000,
  /** `--rollback-grace`: tools may undo so long after a failure, before TERM and KILL. */
  rollbackGraceMs: 60_000,
  /** A tool was ended by force and something still holds its output open: after so long it counts as lost. */
  endedToolMs: 5_000,

  /** Archive bytes in memory over all nodes; a slower node reads on from the spool file. */
  archiveRingBytes: 32 * MIB,
  archiveChunkBytes: 256 * KIB,
  /** The fast nodes wait at most this share of a transfer's time for those that fall out of the ring. */
  laggardPatienceShare: 0.05,
  /** No more patience than this is saved up, so that a node which stalls late holds nobody for long. */
  laggardPatienceMs: 500,
  /** Spool bytes read for all laggards together; with many of them each read is smaller. */
  spoolReadBytesMax: 32 * MIB,
  /** Spool reads in flight: the thread pool also serves the terminal and the sources. */
  spoolReadsAtOnce: 32,
  /** A source up to this size is read whole, several at a time; a larger one block by block. */
  smallFileBytes: 64 * KIB,
  /** Of no more members the lines of a manifest, some 200 bytes each, are made once: for its length and for its contents. */
  manifestLinesKept: 100_000,
  /** Sources being examined or read ahead at once; more only queue in the thread pool. */
  sourcesAtOnce: 32,
  sparseBytesMin: MIB,
  /** Files of one upload. */
  filesMax: 1_000_000,
  /** One path component, and a whole path, as Linux has them. */
  nameBytesMax: 255,
  pathBytesMax: 4_095,

  /** `-L`: between TERM and KILL for its program. */
  programGraceMs: 5_000,
  /** `--timeout`, `--fail-fast`: beyond the grace, a command that could not be ended is waited for so long. */
  endedCommandMs: 15_000,
  /** Between two looks whether it has ended. */
  programLookMs: 50,
  /** Looks for what it has forked while it was being stopped; each finds what the one before has missed. */
  programStopLooksMax: 20,

  /** What a node says instead of an answer: the last of it is kept. */
  nodeSaidCharsMax: 1_000,
  /** One argument of a program, as Linux takes it: 128 KiB with its end. A command is one of its shell's. */
  wordBytesMax: 131_071,
  /** A reason or command shown to those who meet the lock. */
  holderTextCharsMax: 200,
  /** Readers of one shared lock that a refusal names. */
  holdersNamedMax: 3,
  /** `--lock-wait` without a value. */
  lockWaitMs: 30_000,
  /** Before the lock is tried again: at random up to the base, doubled with each refusal up to the ceiling. */
  lockRetryMs: 100,
  lockRetryMsMax: 2_000,
  /** Holders that are logged while one run waits; a line on a terminal shows them all. */
  waitNewsMax: 20,
  /** A look at who holds a lock. */
  lockViewTimeoutMs: 30_000,
  /** Ending a run's keepers and work on a node: their grace, a commit's minute, and some. */
  lockBreakTimeoutMs: 120_000,
} as const;
