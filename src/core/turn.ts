/** Why a node of a rollout has not begun, or never will: as data, of which `src/text/turn.ts` makes sentences. */

import type { Node } from './node.ts';
import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';

/** Some of the nodes that a reason is about, and how many more there are. */
export interface Some {
  /** Node ids. */
  readonly first: readonly string[];
  readonly more: number;
}

export type Reason =
  /** The slot before its own, or the one at which the thread stands for good, is not done. `failed`: those that keep it so. */
  | {
      readonly kind: 'slot';
      readonly thread: string;
      readonly slot: string;
      readonly open: Some;
      readonly failed: Some;
    }
  /** A limit is full; `failed`: nodes that failed and keep their places. */
  | {
      readonly kind: 'limit';
      readonly limit: string;
      readonly max: number;
      readonly running: number;
      readonly failed: Some;
    }
  /** The slot before is done, and its thread pauses. */
  | { readonly kind: 'pause'; readonly thread: string; readonly slot: string }
  | { readonly kind: 'halted' }
  /** So many have failed that nothing more starts. */
  | { readonly kind: 'max-failures'; readonly failed: number }
  /** The first failure ends the rollout, or all commands. */
  | { readonly kind: 'stop' | 'fail-fast'; readonly first: string }
  /** Somebody wanted it skipped. */
  | { readonly kind: 'asked' };

/** What a run tells of the turns of its nodes. */
export type TurnEvent =
  /** Nodes have their turns, as this plan says. `absent`: those of its nodes that are out of reach, `down`: that failed in an earlier run of it. */
  | {
      readonly type: 'rollout';
      readonly plan: Plan;
      readonly absent: readonly Node[];
      readonly down: readonly Node[];
    }
  /** A node of a rollout does not begin yet; told when that begins, and when it is told to wait for something else. */
  | { readonly type: 'node-waits'; readonly node: Node; readonly reason: Reason }
  | SlotDone
  /** Before this slot its thread waits: so long, or until somebody confirms. */
  | { readonly type: 'paused'; readonly thread: string; readonly slot: string; readonly ms?: number }
  /** A try of a node's work has ended so, and it begins again after so long. Its last one is its outcome. */
  | {
      readonly type: 'node-retries';
      readonly node: Node;
      readonly outcome: Outcome;
      readonly afterMs: number;
      readonly triesLeft: number;
    }
  /** Nothing more starts: so many nodes are at work, and so many have not begun. */
  | { readonly type: 'halted'; readonly running: number; readonly waiting: number }
  /** The halt is lifted. */
  | { readonly type: 'resumed'; readonly running: number; readonly waiting: number };

/** All nodes of a slot have ended, so many of them not well. */
export interface SlotDone {
  readonly type: 'slot-done';
  readonly thread: string;
  readonly slot: string;
  readonly nodes: number;
  readonly failed: number;
}

/**
 * `done`: each node has had its turn, however that ended. `failed`: failures keep others from starting by a rule.
 * `deadlocked`: what is left waits for failures alone. `halted`: by somebody, with nodes left to start.
 */
export type RolloutEnd = 'done' | 'failed' | 'deadlocked' | 'halted';
