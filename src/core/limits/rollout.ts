/** Bounds of a rollout, its file, and of what that names. */
export const ROLLOUT_LIMITS = {
  fileBytesMax: 1024 * 1024,
  /** Hosts that the file names, whether they are targets or not. */
  hostsMax: 200_000,
  /** The name of a tag, with its dots. */
  tagCharsMax: 200,
  /** Places of nodes in slots and limits, all together. */
  placesMax: 10_000_000,
  /** Mistakes that one message shows. */
  mistakesMax: 20,
  limitsMax: 10_000,
  retriesMax: 100,
  /** A program of `plugins`: its time, and how much it may print. */
  pluginMs: 60_000,
  pluginBytesMax: 4 * 1024 * 1024,
  pluginsMax: 1_000,
  /** How many run at once. */
  pluginsAtOnce: 8,
  /** Beyond T and G, which nodes round up to seconds: after that a node that is lost has surely ended its command. */
  leashSlackMs: 5_000,
} as const;
