/** The bounds of the ssh of this machine; see `limits.ts`. */
export const OPENSSH_LIMITS = {
  /** Questions to `ssh -G` at a time, each a process, and the time for one: a Match exec may hang. */
  sshAsksAtOnce: 8,
  sshAnswerTimeoutMs: 20_000,
  /** Between two looks at whether a process of ssh has connected, or started a command: nothing else tells. */
  sshPollMs: 10,
  /** What one process of ssh says, as it is kept. */
  sshLogCharsMax: 16 * 1024,
  /** The path of a control socket has 104 bytes with its end; ssh adds 17 to it at first, and the directory's own name is short. */
  sshControlDirectoryBytesMax: 60,
} as const;
