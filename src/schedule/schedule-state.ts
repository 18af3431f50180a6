/** What the schedule of a run knows, hears and asks for. */
import type { Outcome } from '../core/outcome.ts';
import type { Reason, RolloutEnd, SlotDone } from '../core/turn.ts';
import type { Budgets } from './budgets.ts';
import type { LimitState, Queue, Task, ThreadState } from './parts.ts';
import type { RolloutRules } from './rollout-rules.ts';
import type { ScheduleRules } from './schedule-rules.ts';

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
  /** A node is lost whose turn has not come: it never starts, and is down. What is at work tells its own end. */
  | { readonly type: 'lost'; readonly node: string; readonly outcome: Outcome }
  /** The time that was asked for with `set-timer` or `retry` is over. */
  | { readonly type: 'time'; readonly node: string }
  /** The pause of a thread is over, or was confirmed. */
  | { readonly type: 'pause-over'; readonly thread: number }
  /** Somebody wants nothing more to start; what runs ends by itself. */
  | { readonly type: 'halted' }
  | { readonly type: 'resumed' }
  /** Somebody wants a node that did not end well, or was skipped, to have another turn. */
  | { readonly type: 'retried'; readonly node: string }
  /** Somebody wants a node not to start, or one that failed to hold up nothing. */
  | { readonly type: 'skipped'; readonly node: string };

export type ScheduleEffect =
  /** Begin the user's work on this node. */
  | { readonly type: 'start'; readonly node: string }
  /** It must wait; told when it begins to, and when that changes of which it was told. `reasonOf` knows it at any time. */
  | { readonly type: 'wait'; readonly node: string; readonly reason: Reason }
  /** It never starts, or is counted as if it never had. */
  | { readonly type: 'skip'; readonly node: string; readonly reason: Reason }
  /** Its work has failed, and starts again after this time: `time` is to be reported then. */
  | { readonly type: 'retry'; readonly node: string; readonly afterMs: number; readonly triesLeft: number }
  /** End the command there, and all that it has started: TERM, then KILL. Its end is still reported. */
  | { readonly type: 'end'; readonly node: string; readonly why: Cut }
  /** Wait for it no longer: it is to be reported as ended. */
  | { readonly type: 'give-up'; readonly node: string }
  /** Starts the one timer of this node, or starts it anew. The timer of a node that has ended means nothing any more. */
  | { readonly type: 'set-timer'; readonly node: string; readonly afterMs: number }
  /** The first failure, before the commands on so many other nodes are ended for it. */
  | { readonly type: 'tell'; readonly first: string; readonly others: number }
  /** Before what that starts. */
  | SlotDone
  /** Report `pause-over` after this time, or when somebody confirms that `slot` may begin. */
  | {
      readonly type: 'pause';
      readonly thread: number;
      readonly until: { readonly ms: number } | 'confirm';
      readonly name: string;
      readonly slot: string;
    }
  /** Nothing more starts: so many run, and so many have not begun. */
  | { readonly type: 'halt'; readonly running: number; readonly waiting: number }
  /** Every node has ended, or will not start. Always the last effect. */
  | { readonly type: 'finish'; readonly how: RolloutEnd };

/** Why nothing more starts, by a rule. */
export type Stop = Extract<Reason, { readonly kind: 'max-failures' | 'stop' | 'fail-fast' }>;

/** Changed by `step` alone, in place: a copy at each event of 10,000 nodes would cost more than all else. */
export interface ScheduleState {
  readonly rules: ScheduleRules;
  readonly rollout: RolloutRules;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly threads: readonly ThreadState[];
  readonly limits: readonly LimitState[];
  readonly budgets: Budgets;
  /** Queues whose first node may find its places now. */
  readonly awake: Set<Queue>;
  /** Tasks that have become ready, and were not told why they do not start. */
  fresh: Task[];
  /** Delayed tasks whose time is over: they have kept their places, or those that one that failed keeps. */
  readonly due: Set<Task>;
  /** Tasks that have not started again, and have kept their places. */
  readonly again: Set<Task>;
  /** Tasks that are not over. */
  openCount: number;
  /** Tasks that were started, and are not over. */
  workingCount: number;
  /** Tasks that are to start again. */
  delayedCount: number;
  /** Threads that pause. */
  pausingCount: number;
  /** Tasks whose end is a failure. */
  failedCount: number;
  /** The node that failed first. */
  firstFailed: string;
  stop: Stop | undefined;
  isHalted: boolean;
  phase: 'unbegun' | 'begun' | 'finished';
  /** How it has finished. */
  how: RolloutEnd | undefined;
}
