/** The places of nodes in a rollout: slots and limits, each with its nodes by status. */
import type { Node } from '../../core/node.ts';
import type { Reason } from '../../core/turn.ts';
import { sanitiseWord } from '../../text/sanitise.ts';

/** `retries`: it failed, and begins again later. `skipped`: it never begins. */
export type Status = 'waits' | 'runs' | 'retries' | 'done' | 'failed' | 'skipped';

/** A node. */
export interface Turn {
  readonly node: Node;
  status: Status;
  readonly places: NodesByStatus[];
  readonly limits: Limit[];
  group: WaitGroup | undefined;
  /** When it began. */
  sinceMs: number;
}

export interface Limit {
  /** Its place among the limits. */
  readonly at: number;
  readonly max: number;
  /** A node that failed keeps its place. */
  readonly isHolding: boolean;
  readonly place: NodesByStatus;
}

/** The places that failed nodes hold count as taken. */
export function takenOf({ place, isHolding }: Limit): number {
  return place.count('runs', 'retries') + (isHolding ? place.count('failed') : 0);
}

/** Nodes that wait for the same thing. */
export interface WaitGroup {
  readonly reason: Extract<Reason, { readonly kind: 'slot' | 'limit' }>;
  readonly limits: readonly Limit[];
  readonly turns: Set<Turn>;
}

export class NodesByStatus {
  /** Safe to print. */
  readonly name: string;
  /** As in the rules; the thread is empty for a place that is no slot. */
  readonly thread: string;
  readonly slot: string;
  readonly #turns: Record<Status, Set<Turn>> = {
    waits: new Set(),
    runs: new Set(),
    retries: new Set(),
    done: new Set(),
    failed: new Set(),
    skipped: new Set(),
  };

  constructor(slot: string, thread: string, name = slot) {
    this.name = sanitiseWord(name);
    this.thread = thread;
    this.slot = slot;
  }

  of(status: Status): Set<Turn> {
    return this.#turns[status];
  }

  count(...statuses: readonly Status[]): number {
    return statuses.reduce((sum, status) => sum + this.#turns[status].size, 0);
  }

  /** Some of its nodes have had their turn, and not all have ended. */
  get isAtWork(): boolean {
    return !this.isOver && this.count('waits') < this.size;
  }

  get isOver(): boolean {
    return this.count('waits', 'runs', 'retries') === 0;
  }

  get size(): number {
    return this.count('waits', 'runs', 'retries', 'done', 'failed', 'skipped');
  }
}
