/** The bounds of the ssh of this machine; see `limits.ts` beside it. */
export const OPENSSH_LIMITS = {
  /** Questions to `ssh -G` at a time, each a process, and the time for one: a Match exec may hang. */
  sshAsksAtOnce: 8,
  sshAnswerTimeoutMs: 20_000,
  /** Between two looks at whether a process of ssh has connected or started a command: ssh gives no other sign. */
  sshPollMs: 10,
  /** Connections that are set up at a time: each costs more than 100 ms of CPU, and a login has its deadline. */
  sshConnectsAtOnce: 16,
  /** Memory of a node: its master and the processes of its channels, with what lockstep keeps of them. */
  sshNodeBytes: 4 * 1024 * 1024,
  /** The master, the keeper's channel, and two more. */
  sshNodeProcesses: 4,
  /** Of each process of ssh here: its pipes. */
  sshProcessFiles: 3,
  /** How much lockstep keeps of what one process of ssh says. */
  sshLogCharsMax: 16 * 1024,
  /** The path of a control socket has at most 104 bytes with its end; ssh first adds 17 to it, and the directory's own name is short. */
  sshControlDirectoryBytesMax: 60,
} as const;
