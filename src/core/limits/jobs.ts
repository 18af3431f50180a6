/** The bounds of jobs; see `limits.ts` beside it. */
export const JOBS_LIMITS = {
  /** Each stream of a command, unless the program says otherwise. */
  captureBytes: 64 * 1024,
  /** The most that a program may ask for: it is in memory as bytes, and again as text. */
  captureBytesMax: 256 * 1024 * 1024,
  /** Names of sites, jobs, roles and steps. */
  nameCharsMax: 255,
  /** How deep lists of names may nest. */
  nestingMax: 10,
  /** How many known names a message shows beside one that is unknown. */
  namesShown: 10,
  /** Actions of one schedule: one for each pair of site and job. */
  actionsMax: 1_000_000,
  /** A command in a line of a log. */
  commandCharsMax: 200,
  /** Commands that are named where another one waits for their channels, and how much of each. */
  heldNamesMax: 3,
  heldCharsMax: 60,
  /** A value in a debug message, and the stack of an action that failed. */
  debugCharsMax: 4_096,
  /** How often lockstep asks for a password of sudo that is wrong. */
  passwordTriesMax: 5,
  /** How long the answer may take; all commands that need the password wait meanwhile. */
  passwordMs: 600_000,
  /** Commands with stdin or another account, and transfers, under one lock. Each is a call, and others may join (`sessionCallsMax`). */
  runsAtOnce: 32,
  /** How long, beyond the grace between TERM and KILL, lockstep waits for what it told to end. */
  endedMs: 5_000,
  /** How long lockstep listens after a command's end to processes that still have its output open. */
  leftMs: 1_000,
} as const;
