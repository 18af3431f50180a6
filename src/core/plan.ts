/** What a rollout would do, as far as it is known before anything is connected. */
import type { Node } from './node.ts';

export interface Plan {
  readonly nodes: readonly Node[];
  readonly threads: readonly PlannedThread[];
  /** Nodes in no thread: they start at once. */
  readonly free: PlannedNodes;
  readonly limits: readonly PlannedLimit[];
  /** What a node that failed does to its limits. */
  readonly onFailure: 'hold' | 'release' | 'stop';
  readonly maxFailures: number | undefined;
  readonly unreachable: 'fail' | 'skip';
  readonly retry: { readonly times: number; readonly delayMs: number } | undefined;
  /** Commands that run around each node's own. */
  readonly hooks: { readonly before?: string; readonly after?: string; readonly onFailure?: string };
}

export interface PlannedLimit {
  readonly name: string;
  readonly max: number;
  readonly nodes: readonly Node[];
  /** What a node that failed does to its place here. */
  readonly onFailure: 'hold' | 'release' | 'stop';
}

export interface PlannedThread {
  readonly name: string;
  readonly require: 'success' | 'finished';
  readonly pause: { readonly ms: number } | 'confirm' | undefined;
  readonly slots: readonly (PlannedNodes & { readonly name: string })[];
}

export interface PlannedNodes {
  readonly nodes: readonly Node[];
  /** How many of them start together when no other nodes take their places. */
  readonly atOnce: number;
}
