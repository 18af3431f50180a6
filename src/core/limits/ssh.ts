/** The bounds of connections, whichever way they go; see `limits.ts` beside it. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const SSH_LIMITS = {
  /** Connections that are set up at once (`-d`): more only queue on one thread, and sshd's MaxStartups drops them. */
  connectsAtOnce: 64,
  /** TCP connect with name resolution (`--conn-timeout`). */
  connectTimeoutMs: 10_000,
  /** Jump hosts on the way to one node. */
  jumpsMax: 16,
  /** Nodes behind one connection to a jump host: sshd would take 10,000 channels, but has 1,024 descriptors, and a small server 100. */
  nodesPerJumpConnection: 100,
  /** The pause between attempts to connect (ConnectionAttempts), as in OpenSSH. */
  connectPauseMs: 1_000,
  /** A connection that dropped before the login is tried again with pauses like a lock's, for this long: `--conn-timeout 0` sets no limit. */
  dropRetryMs: 200,
  dropRetryMsMax: 3_000,
  dropPatienceMs: 120_000,
  /** Name look-ups at once; each blocks a thread of the pool, and libuv gives them half of its four. */
  lookupsAtOnce: 16,
  /** Open files that a process needs beside its connections: sources, spools, files of nodes, a terminal. */
  filesBesideNodes: 100,
  /** SSH handshake and authentication together, without prompts. */
  handshakeTimeoutMs: 30_000,
  /** Opening a channel, until the server accepts the command. */
  execTimeoutMs: 30_000,
  /** `--send-timeout` and `--recv-timeout`. */
  sendTimeoutMs: 60_000,
  receiveTimeoutMs: 60_000,
  /** TCP keep-alive probe interval (`--keep-alive`). */
  keepAliveMs: 10_000,
  /** When a command's end has come on one output and the other is silent, how long lockstep waits for its end there. */
  otherEndMs: 3_000,
  /** How long a connection may take to close politely; then lockstep destroys it. */
  closeGraceMs: 1_000,
  /** How long the first address of a host may take before lockstep tries the next one as well. */
  addressAttemptMs: 1_000,
  /** Listing the keys of ssh-agent. */
  agentTimeoutMs: 10_000,
  /** How long ssh-agent may take before lockstep tells the user whom it waits for. */
  agentPatienceMs: 1_000,
  /** How often lockstep asks for a passphrase or password that is wrong. */
  secretTriesMax: 3,
  /** Signatures that lockstep asks ssh-agent for at once, and so connections to it. */
  agentSignsAtOnce: 4,
  /** Keys that one login tries: sshd's MaxAuthTries, after which it ends the connection. */
  authTriesMax: 6,
  /** A key file, or an answer of ssh-agent; real ones have a few KiB. */
  keyFileBytesMax: 1 * MIB,
  /** How much of the file of `-i` lockstep searches for a private key. */
  keyHeadBytes: 64 * KIB,
  /** A file of ssh_config. */
  sshConfigBytesMax: 1 * MIB,
  /** How deep files of ssh_config may include each other, as in OpenSSH, and how many in all. */
  sshConfigDepthMax: 16,
  sshConfigFilesMax: 1_000,
  /** A known_hosts file: about 100,000 hosts. */
  knownHostsBytesMax: 64 * MIB,
  /** A password or passphrase as the user types it; OpenSSH takes 1,023. */
  secretCharsMax: 1_023,
  /** Lockstep cuts there what a server says in a refusal. */
  serverTextCharsMax: 200,
  /** Bytes read ahead of each output of a held channel, before its window stays shut (the window itself is 2 MiB). */
  channelReadAheadBytes: 64 * KIB,
  /** A channel that is held back and has sent more than this ignores its window; no honest server does. */
  channelReceiveBytesMax: 4 * MIB,
  /** Bytes written to one channel that its window has not taken; ssh2's own bound of 2 MiB is too lax for 1,000 nodes. */
  channelQueueBytesMax: 256 * KIB,
  /** Bytes sent that all nodes together have not read, before more wait: 80 MB/s at a round trip of 50 ms. */
  unreadTotalBytesMax: 4 * MIB,
  /** How many of them each node may have in any case: sshd keeps them cheaply. */
  unreadBytesMin: 256 * KIB,
  /** The longest such wait. After one without a word more may be under way, so that far nodes soon have the whole window. */
  unreadPauseMs: 100,
} as const;
