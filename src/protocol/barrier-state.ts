/**
 * What the barrier of a run knows, hears and asks for.
 */
export interface BarrierRules {
  readonly prefix: string;
  /** Node ids, in the order in which the tools are told of them. */
  readonly nodes: readonly string[];
  /** A tool has ended well and the others, which use the protocol, are silent for so long: the run fails. */
  readonly barrierTimeoutMs: number;
  /** After a failure the other tools may undo their work for so long. */
  readonly rollbackGraceMs: number;
}

export type ToolFailureKind =
  /** It exited with a code other than 0, or was killed. */
  | 'failed'
  /** Its connection went away. */
  | 'lost'
  /** The tool spoke out of turn or too much, or never read what the controller wrote. */
  | 'broke-protocol'
  /** It ended well while others still waited for it. */
  | 'barrier-timeout'
  /** It was still at work when the time for undoing was over. */
  | 'rollback-timeout';

export interface ToolFailure {
  readonly kind: ToolFailureKind;
  readonly node: string;
  /** The sentence goes on with it behind the node's name: `exited with code 3`. */
  readonly reason: string;
}

export type ToolEnd = { readonly kind: 'ok' } | { readonly kind: 'failed' | 'lost'; readonly reason: string };

export type Timeout = 'barrier' | 'rollback';

export type BarrierEvent =
  | { readonly type: 'started'; readonly node: string }
  | { readonly type: 'sync'; readonly node: string; readonly description: string }
  /** The tool asks to hear of every tool that ends. */
  | { readonly type: 'watch'; readonly node: string }
  /** The caller saw by itself that the tool broke the protocol: an overlong line, or a tool that does not read. */
  | { readonly type: 'broke-protocol'; readonly node: string; readonly reason: string }
  | { readonly type: 'ended'; readonly node: string; readonly end: ToolEnd }
  | { readonly type: 'timeout'; readonly timeout: Timeout };

export type BarrierEffect =
  /** Whole lines, the same text for all these nodes. */
  | { readonly type: 'send'; readonly nodes: readonly string[]; readonly text: string }
  /** The first of these is the cause of the run's failure; the report has the later ones as well. At most one a node. */
  | { readonly type: 'fail'; readonly failure: ToolFailure }
  /** Starts the one timer, or starts it anew. */
  | { readonly type: 'arm'; readonly timeout: Timeout; readonly afterMs: number }
  | { readonly type: 'disarm' }
  /** These tools are to be ended by their keepers: TERM, then KILL. */
  | { readonly type: 'end'; readonly nodes: readonly string[] }
  /** Every tool has ended. Always the last effect. */
  | { readonly type: 'finish' };

export type ToolStatus =
  /** Is being started. */
  | 'awaited'
  | 'running'
  /** Broke the protocol: is no longer listened to, and is being ended. */
  | 'broken'
  | 'ended';

export interface Tool {
  readonly node: string;
  readonly status: ToolStatus;
  readonly syncCount: number;
  readonly isWatching: boolean;
  readonly hasFailed: boolean;
}

export interface BarrierState {
  readonly rules: BarrierRules;
  readonly positions: ReadonlyMap<string, number>;
  readonly tools: readonly Tool[];
  readonly phase: 'starting' | 'running' | 'failing' | 'ended';
  /** START was sent. A run that fails before goes from 'starting' to 'failing' without it. */
  readonly hasStarted: boolean;
  /** Every LOST and DONE line so far, for a tool that asks now. */
  readonly endings: string;
  /** The timer that is armed. */
  readonly timeout: Timeout | undefined;
}

export interface Step {
  readonly state: BarrierState;
  readonly effects: readonly BarrierEffect[];
}
