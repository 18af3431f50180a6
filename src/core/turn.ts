/** Why a node of a rollout has not begun, or never will, as data; `src/text/turn.ts` makes sentences of it. */

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
  /** The slot before its own, or the one at which the thread stands for good, is not done. `failed`: nodes that keep it so. */
  | {
      readonly kind: 'slot';
      readonly thread: string;
      readonly slot: string;
      readonly open: Some;
      readonly failed: Some;
    }
  /** A limit is full. `failed`: nodes that failed and keep their places. */
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
  /** As many nodes have failed as may, so nothing more starts. */
  | { readonly kind: 'max-failures'; readonly failed: number }
  /** The first failure ends the rollout, or all commands. */
  | { readonly kind: 'stop' | 'fail-fast'; readonly first: string }
  /** Somebody asked to skip it. */
  | { readonly kind: 'asked' };

/** What a run tells of the turns of its nodes. */
export type TurnEvent =
  /** Nodes have their turns, by this plan. Of its nodes `absent` are out of reach, and `down` failed in an earlier run of it. */
  | {
      readonly type: 'rollout';
      readonly plan: Plan;
      readonly absent: readonly Node[];
      readonly down: readonly Node[];
    }
  /** A node of a rollout does not begin yet. The run says so when the wait begins, and when its reason changes. */
  | { readonly type: 'node-waits'; readonly node: Node; readonly reason: Reason }
  | SlotDone
  /** Its thread pauses before this slot: for `ms`, or until somebody confirms. */
  | { readonly type: 'paused'; readonly thread: string; readonly slot: string; readonly ms?: number }
  /** One try of a node's work ended like this, and the next begins after the pause. The last try is its outcome. */
  | {
      readonly type: 'node-retries';
      readonly node: Node;
      readonly outcome: Outcome;
      readonly afterMs: number;
      readonly triesLeft: number;
    }
  /** Nothing more starts: `running` nodes are at work, and `waiting` ones have not begun. */
  | { readonly type: 'halted'; readonly running: number; readonly waiting: number }
  /** The halt is lifted. */
  | { readonly type: 'resumed'; readonly running: number; readonly waiting: number };

/** All nodes of a slot have ended, `failed` of them not well. */
export interface SlotDone {
  readonly type: 'slot-done';
  readonly thread: string;
  readonly slot: string;
  readonly nodes: number;
  readonly failed: number;
}

/**
 * `done`: each node has had its turn, however that ended. `failed`: a rule keeps others from starting after failures.
 * `deadlocked`: all that is left waits for nodes that failed. `halted`: somebody halted it, with nodes left to start.
 */
export type RolloutEnd = 'done' | 'failed' | 'deadlocked' | 'halted';
