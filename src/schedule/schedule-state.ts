/** What the schedule of a run knows, hears and asks for. */
import type { Outcome } from '../core/outcome.ts';
import type { Reason, RolloutEnd, SlotDone } from '../core/turn.ts';
import type { Budgets } from './budgets.ts';
import type { LimitState, Queue, Task, ThreadState } from './parts.ts';
import type { RolloutRules } from './rollout-rules.ts';
import type { ScheduleRules } from './schedule-rules.ts';

/** Why the schedule ends a command before its own end. */
export type Cut =
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** `firstId`: the node whose command failed first. */
  | { readonly kind: 'fail-fast'; readonly firstId: string }
  /** Its sync tool is no longer needed, or has broken the protocol. */
  | { readonly kind: 'protocol' };

export type ScheduleEvent =
  /** The first event, once. */
  | { readonly type: 'begin' }
  /** A started command has begun: at once, or after it waited for its turn. */
  | { readonly type: 'began'; readonly node: string }
  /** The command itself is over, while something may still have its output; reported if known. */
  | { readonly type: 'left'; readonly node: string }
  /** The driver wants this command ended, for a reason that the schedule does not know. */
  | { readonly type: 'unwanted'; readonly node: string; readonly why: Cut }
  /** Nothing more comes from this node, or the driver gave it up. `hasLeash`: it was lost, and ends by itself what still runs there. */
  | {
      readonly type: 'ended';
      readonly node: string;
      readonly outcome: Outcome;
      readonly hasLeash?: boolean;
    }
  /** The time of `leash` is over: nothing of its work is left on that node. */
  | { readonly type: 'leash-over'; readonly node: string }
  /** A node whose turn has not come is lost: it never starts, and is down. A node at work reports its own end. */
  | { readonly type: 'lost'; readonly node: string; readonly outcome: Outcome }
  /** The time of `set-timer` or `retry` is over. */
  | { readonly type: 'time'; readonly node: string }
  /** The pause of a thread is over, or somebody has confirmed it. */
  | { readonly type: 'pause-over'; readonly thread: number }
  /** Somebody wants nothing more to start; what runs ends by itself. */
  | { readonly type: 'halted' }
  | { readonly type: 'resumed' }
  /** Somebody wants a node that did not end well, or was skipped, to have another turn. */
  | { readonly type: 'retried'; readonly node: string }
  /** Somebody wants a node not to start, or a failed one to hold up nothing. */
  | { readonly type: 'skipped'; readonly node: string };

export type ScheduleEffect =
  /** Begin the user's work on this node. */
  | { readonly type: 'start'; readonly node: string }
  /** It must wait; told when it begins to wait, and when the reason it has heard changes. `reasonOf` knows the present one. */
  | { readonly type: 'wait'; readonly node: string; readonly reason: Reason }
  /** It never starts, or counts as if it never had. */
  | { readonly type: 'skip'; readonly node: string; readonly reason: Reason }
  /** Its work failed, and starts again after this time: the caller reports `time` then. */
  | { readonly type: 'retry'; readonly node: string; readonly afterMs: number; readonly triesLeft: number }
  /** End the command there, and all that it has started: TERM, then KILL. The caller still reports its end. */
  | { readonly type: 'end'; readonly node: string; readonly why: Cut }
  /** It was lost at work, which may go on there: report `leash-over` when the node has surely ended it. */
  | { readonly type: 'leash'; readonly node: string }
  /** Stop waiting for it, and report it as ended. */
  | { readonly type: 'give-up'; readonly node: string }
  /** Starts this node's one timer, anew if need be. The timer of a node that has ended means nothing. */
  | { readonly type: 'set-timer'; readonly node: string; readonly afterMs: number }
  /** The first failure, before the commands on this many other nodes are ended because of it. */
  | { readonly type: 'tell'; readonly first: string; readonly others: number }
  /** Comes before the effects of what it starts. */
  | SlotDone
  /** Report `pause-over` after this time, or when somebody confirms that `slot` may begin. */
  | {
      readonly type: 'pause';
      readonly thread: number;
      readonly until: { readonly ms: number } | 'confirm';
      readonly name: string;
      readonly slot: string;
    }
  /** Nothing more starts: `running` nodes run, and `waiting` ones have not begun. */
  | { readonly type: 'halt'; readonly running: number; readonly waiting: number }
  /** Every node has ended, or will not start. Always the last effect. */
  | { readonly type: 'finish'; readonly how: RolloutEnd };

/** Why nothing more starts, by a rule. */
export type Stop = Extract<Reason, { readonly kind: 'max-failures' | 'stop' | 'fail-fast' }>;

/** Only `step` changes it, in place: a copy at each event of 10,000 nodes would cost more than all else. */
export interface ScheduleState {
  readonly rules: ScheduleRules;
  readonly rollout: RolloutRules;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly threads: readonly ThreadState[];
  readonly limits: readonly LimitState[];
  readonly budgets: Budgets;
  /** Queues whose first node may find its places now. */
  readonly awake: Set<Queue>;
  /** Tasks that have become ready, and have not heard why they do not start. */
  fresh: Task[];
  /** Delayed tasks whose time is over: they have kept their places, or those that a failed one keeps. */
  readonly due: Set<Task>;
  /** Tasks to start again that have not yet done so, and have kept their places. */
  readonly again: Set<Task>;
  /** Tasks that are over and may still run, until their node has ended them by itself. */
  readonly leashed: Set<Task>;
  /** Tasks that are not over. */
  openCount: number;
  /** Tasks that have started, and are not over. */
  workingCount: number;
  /** Tasks that will start again. */
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
  /** How it finished. */
  how: RolloutEnd | undefined;
}
