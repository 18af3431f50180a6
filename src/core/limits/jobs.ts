/** The bounds of jobs; see `limits.ts` beside it. */
export const JOBS_LIMITS = {
  /** Of each stream of a command, where nothing else is said. */
  captureBytes: 64 * 1024,
  /** What may be asked for instead: it is in memory as bytes, and once more as text. */
  captureBytesMax: 256 * 1024 * 1024,
  /** Names of sites, jobs, roles and steps. */
  nameCharsMax: 255,
  /** Lists in lists of names. */
  nestingMax: 10,
  /** So many names are told where one is not among them. */
  namesShown: 10,
  /** Actions of one schedule, each site and job. */
  actionsMax: 1_000_000,
  /** A command, in a line of a log. */
  commandCharsMax: 200,
  /** A value behind a debug message, and the stack of an action that failed. */
  debugCharsMax: 4_096,
  /** A password of sudo that is wrong is asked for again. */
  passwordTriesMax: 5,
  /** Whoever is asked for it has so long; all commands that need it wait meanwhile. */
  passwordMs: 600_000,
  /** Commands with stdin or of another account, and transfers, under one lock: each is a call, and others may join (`sessionCallsMax`). */
  runsAtOnce: 32,
  /** Beyond the grace between TERM and KILL, what was told to end is waited for so long. */
  endedMs: 5_000,
  /** Of a command that has ended, what still has its output is heard for so long. */
  leftMs: 1_000,
} as const;
