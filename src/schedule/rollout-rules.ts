/**
 * In which order nodes are worked on, and how many at once: what a rollout file or the short forms come down to, with
 * tags and percentages resolved.
 */
export interface RolloutRules {
  /** Independent orders, side by side. A node of no thread starts at once, as far as the limits let it. */
  readonly threads: readonly Thread[];
  /** Each holds for its nodes, whichever thread they are in. A node starts when all of its limits have a place. */
  readonly limits: readonly Limit[];
  /** What a node that failed does to its limits: it keeps its places, gives them back, or ends the rollout. */
  readonly onFailure: 'hold' | 'release' | 'stop';
  /** When so many nodes have failed nothing more starts; at least 1. */
  readonly maxFailures?: number | undefined;
  /** `skip`: a node out of reach holds no place, blocks no successor, and is no failure of the rollout. */
  readonly unreachable: 'fail' | 'skip';
  /** A node whose work failed is started again so many times, each time after the delay; its places are kept meanwhile. */
  readonly retry?: { readonly times: number; readonly delayMs: number } | undefined;
}

/** Consecutive slots: the next starts when the one before it is done. */
export interface Thread {
  /** As a person calls it: "inner of east". */
  readonly name: string;
  /** When a slot is done: all its nodes succeeded, or all of them have ended, however. */
  readonly require: 'success' | 'finished';
  /** Between two slots: so long, or until somebody confirms. */
  readonly pause?: { readonly ms: number } | 'confirm' | undefined;
  /** In their order. Empty ones were dropped, and so was each node that is no target. */
  readonly slots: readonly Slot[];
}

/** Nodes of one thread that may run side by side. A node is in one slot of a thread, and may be in several threads. */
export interface Slot {
  /** As a person calls it: "$backend of east". */
  readonly name: string;
  /** Node ids. */
  readonly nodes: readonly string[];
}

/** A budget: at most so many of these nodes at once. */
export interface Limit {
  /** As a person calls it: "frontend of west". */
  readonly name: string;
  /** A whole number of nodes, at least 1: percentages were rounded down before. */
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
