/** What the schedule of a run knows, hears and asks for. */
import type { Outcome } from '../core/outcome.ts';

export interface ScheduleRules {
  /** Node ids, in the order in which they start. */
  readonly nodes: readonly string[];
  /** A command that takes longer is ended; undefined: it may take as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** The first command that fails ends all others. */
  readonly isFailFast: boolean;
  /** A command that was told to end is given up after so long. */
  readonly endedMs: number;
  /** A command that has ended, and left something that still has its output, is given up after so long. */
  readonly leftMs: number;
}

/** Why a command is ended before its own end. */
export type Cut =
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** `firstId`: the node whose command failed first. */
  | { readonly kind: 'fail-fast'; readonly firstId: string }
  /** Its sync tool is not needed any more, or has broken the protocol. */
  | { readonly kind: 'protocol' };

export type ScheduleEvent =
  /** The first event, once. */
  | { readonly type: 'begin' }
  /** A command that was started has begun: at once, or after it has waited for its turn. */
  | { readonly type: 'began'; readonly node: string }
  /** The command itself is over, while something may still have its output; where that is known. */
  | { readonly type: 'left'; readonly node: string }
  /** The driver wants this command ended, for a reason that the schedule does not know. */
  | { readonly type: 'unwanted'; readonly node: string; readonly why: Cut }
  /** Nothing more comes from this node, or it was given up. */
  | { readonly type: 'ended'; readonly node: string; readonly outcome: Outcome }
  /** The time that was asked for with `set-timer` is over. */
  | { readonly type: 'time'; readonly node: string };

export type ScheduleEffect =
  /** Begin the user's work on this node. */
  | { readonly type: 'start'; readonly node: string }
  /** End the command there, and all that it has started: TERM, then KILL. Its end is still reported. */
  | { readonly type: 'end'; readonly node: string; readonly why: Cut }
  /** Wait for it no longer: it is to be reported as ended. */
  | { readonly type: 'give-up'; readonly node: string }
  /** Starts the one timer of this node, or starts it anew. The timer of a node that has ended means nothing any more. */
  | { readonly type: 'set-timer'; readonly node: string; readonly afterMs: number }
  /** The first failure, before the commands on so many other nodes are ended for it. */
  | { readonly type: 'tell'; readonly first: string; readonly others: number }
  /** Every node has ended. Always the last effect. */
  | { readonly type: 'finish' };

export interface Task {
  readonly node: string;
  status: /** Has not been started. */
    | 'waiting'
    /** Was started, and has not said that it has begun. */
    | 'started'
    | 'running'
    /** Was told to end. */
    | 'ending'
    /** Was told to end and has not, and is waited for no longer. */
    | 'given-up'
    | 'over';
  /** The command itself is over. */
  hasLeft: boolean;
}

/** Changed by `step` alone, in place: a copy at each event of 10,000 nodes would cost more than all else. */
export interface ScheduleState {
  readonly rules: ScheduleRules;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Tasks that are not over. */
  openCount: number;
  /** The node whose command failed first, where that ends the others. */
  firstFailed: string | undefined;
  phase: 'unbegun' | 'begun' | 'finished';
}
