/**
 * In which order nodes are worked on, and how many at once: a rollout file, or the short forms, with tags and
 * percentages resolved.
 */
export interface RolloutRules {
  /** Independent orders, side by side. A node in no thread starts at once, as far as the limits let it. */
  readonly threads: readonly Thread[];
  /** Each holds for its nodes, in whatever thread they are. A node starts when all of its limits have a place. */
  readonly limits: readonly Limit[];
  /** What a node that failed does to its limits: it keeps its places, gives them back, or ends the rollout. */
  readonly onFailure: 'hold' | 'release' | 'stop';
  /** Once this many nodes have failed nothing more starts; at least 1. */
  readonly maxFailures?: number | undefined;
  /** `skip`: a node out of reach holds no place, blocks no successor, and is no failure of the rollout. */
  readonly unreachable: 'fail' | 'skip';
  /** How often, and after what delay, a node whose work failed starts again; it keeps its places meanwhile. */
  readonly retry?: { readonly times: number; readonly delayMs: number } | undefined;
}

/** Consecutive slots: the next starts when the one before it is done. */
export interface Thread {
  /** As a person calls it: "inner of east". */
  readonly name: string;
  /** When a slot is done: all its nodes succeeded, or all have ended in any way. */
  readonly require: 'success' | 'finished';
  /** Between two slots: for this time, or until somebody confirms. */
  readonly pause?: { readonly ms: number } | 'confirm' | undefined;
  /** In order, without empty ones and without nodes that are no targets. */
  readonly slots: readonly Slot[];
}

/** Nodes of one thread that may run side by side. A node is in one slot of a thread, and may be in several threads. */
export interface Slot {
  /** As a person calls it: "$backend of east". */
  readonly name: string;
  /** Node ids. */
  readonly nodes: readonly string[];
}

/** A budget: how many of these nodes may work at once. */
export interface Limit {
  /** As a person calls it: "frontend of west". */
  readonly name: string;
  /** A whole number of nodes, at least 1: percentages are already rounded down. */
  readonly max: number;
  /** Node ids. */
  readonly nodes: readonly string[];
  /** What a node that failed does to its place here; left out: as the rollout says. */
  readonly onFailure?: 'hold' | 'release' | undefined;
}

/** In no order, and without limits. */
export const ALL_AT_ONCE: RolloutRules = {
  threads: [],
  limits: [],
  onFailure: 'release',
  unreachable: 'fail',
};
