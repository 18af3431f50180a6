/** All that a run tells. `src/output` makes text, JSON or a status bar of it; `src/run` does not know how it looks. */

import type { LockstepError } from './errors.ts';
import type { LockView, SeenHolder } from './lock.ts';
import type { Node } from './node.ts';
import type { NodeOutcome, Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Source } from './sources.ts';
import type { TurnEvent } from './turn.ts';
import type { Way } from './way.ts';

export type Phase = 'connect' | 'lock' | 'survey' | 'upload' | 'commit' | 'exec' | 'ending' | 'release';

/** The log always shows `error` and `fatal`; `warn` and `info` unless quiet, `debug` with -v, `trace` with -vv. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export type Stream = 'stdout' | 'stderr';

/** What became of the destination on one node. */
export type FileState = 'old' | 'new' | 'unknown';

/** What is known of the destinations at the end of a run that did not end well. */
export interface FilesAtEnd extends Readonly<Record<FileState, readonly Node[]>> {
  /** Some node may have been new for a while. */
  readonly hasBegun: boolean;
  /** A rollout: each node was to become new by itself. */
  readonly isByNode?: true;
}

/** An upload or sync that ended well. */
export interface Success {
  /** How many files the run sent; undefined for a run that sends none. */
  readonly files: number | undefined;
  /** The bytes of them that one node has. */
  readonly bytes: number | undefined;
  /** How many bytes less went over the wire than all of it to all nodes. */
  readonly savedBytes: number;
  readonly nodes: number;
  /** A rollout: the nodes had their turns. */
  readonly isByNode?: true;
  readonly tookMs: number;
}

/** How a run has ended, as the run itself knows it. */
export interface RunEnd {
  readonly exitCode: number;
  /** How each node ended. */
  readonly outcomes: readonly NodeOutcome[];
  /** The first cause. */
  readonly failure: LockstepError | undefined;
  /** What is known of the destinations. */
  readonly files: FilesAtEnd | undefined;
  readonly success: Success | undefined;
  /** Nodes that the run told to end their work, and that have not said that they did. */
  readonly stuck: readonly Node[];
  /** The run held its lock for as long as the user wanted: nothing to report. */
  readonly isOrderly: boolean;
}

/** Why the run waits for the lock of these nodes: a text, and the holders if they can be seen. */
export interface Blocker {
  readonly text: string;
  readonly holders: readonly SeenHolder[];
  readonly nodes: readonly Node[];
}

/**
 * `new`: the nodes have nothing there. `clash`: a directory here and none there, or the other way round, which an upload refuses.
 * `extra`: there, and not here; `deleted`: and the upload would remove it.
 */
export type DifferenceKind = 'new' | 'content' | 'attributes' | 'clash' | 'extra' | 'deleted';

export type Attribute = 'mode' | 'owner' | 'time';

export interface Differing {
  readonly look: 'dry-run' | 'audit';
  readonly kind: DifferenceKind;
  /** Which attributes differ from those here, where the kind is `content` or `attributes`. */
  readonly attributes: readonly Attribute[];
  /** On the nodes. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly nodes: readonly Node[];
  /** `--diff`: the file's bytes there and here, where it is short enough and did not change meanwhile. */
  readonly bytes?: { readonly there: Buffer; readonly here: Buffer } | 'too-long';
}

/** What a release is on some nodes. `previous`: a rollback goes back to it. `none`: there is no release. */
export type ReleaseMark = 'current' | 'previous' | 'other' | 'none';

export type ControlEvent =
  /** The run has its name. */
  | { readonly type: 'begun'; readonly run: string; readonly who: string }
  /** The nodes of the run are known. A listener that cannot take what comes ends the run before it has connected. */
  | { readonly type: 'nodes'; readonly nodes: readonly Node[] }
  /** What its files on this machine are, in short; of a run that has some. */
  | { readonly type: 'sources'; readonly sources: readonly Source[] }
  /** A phase begins on this many nodes; `bytes`: about how much lockstep will send to all of them. */
  | {
      readonly type: 'phase';
      readonly phase: Phase;
      readonly nodes: number;
      readonly bytes?: number;
      /** The nodes, in phases whose end the user may not wait for: lockstep then names those that are left. */
      readonly of?: readonly Node[];
    }
  /** A node's part of the phase begins: in connect and lock, and in exec where nodes have their turns. */
  | { readonly type: 'node-begun'; readonly phase: Phase; readonly node: Node }
  | {
      readonly type: 'node-done';
      readonly phase: Phase;
      readonly node: Node;
      /** What the lock is on; only in the phase lock. */
      readonly lockPath?: string;
    }
  | TurnEvent
  /** A node's sync tool has come to one more barrier. */
  | { readonly type: 'node-step'; readonly node: Node }
  | {
      readonly type: 'node-failed';
      readonly phase: Phase;
      readonly node: Node;
      readonly error: LockstepError;
    }
  /** How a node ended, as far as known. A later event of the same node replaces it. */
  | { readonly type: 'outcome'; readonly node: Node; readonly outcome: Outcome }
  /** `-w`: the run goes on without the nodes of these errors. */
  | { readonly type: 'left-out'; readonly errors: readonly LockstepError[] }
  /** Another run refused the lock; this one waits and tries again. The next `phase` event says that it has the lock. */
  | {
      readonly type: 'lock-wait';
      readonly waitedMs: number;
      readonly limitMs: number;
      readonly blockers: readonly Blocker[];
    }
  /** `--lock-status`: what every node shows. */
  | { readonly type: 'lock-status'; readonly lockPath: string; readonly views: readonly LockView[] }
  /** `--list`: which nodes a run would reach, and how. */
  | { readonly type: 'list'; readonly ways: readonly Way[] }
  /** `--plan`: what would happen. */
  | { readonly type: 'plan'; readonly plan: Plan }
  /** `--dry-run` and `--audit`: how some nodes differ from the files here, at one path. */
  | ({ readonly type: 'difference' } & Differing)
  /** `--releases`, and after a rollback: what these nodes have below the directory. */
  | {
      readonly type: 'release';
      readonly directory: string;
      readonly name: string | undefined;
      readonly mark: ReleaseMark;
      readonly nodes: readonly Node[];
    }
  /** The run asks something on the terminal; the user types the answer behind it. */
  | { readonly type: 'question'; readonly text: string }
  /** The user has answered, in the middle of the work. */
  | { readonly type: 'answered' }
  /** A local program has the terminal from here. */
  | { readonly type: 'program' }
  /** Bytes of files that have gone so far, to the nodes or from them. */
  | {
      readonly type: 'bytes';
      /** Over all nodes. */
      readonly sent: number;
      /** The node that has received or sent more. */
      readonly node: Node;
      readonly ofNode: number;
      /** About how much there is in all, where known. `ofNode` is exactly that when the node has all. */
      readonly whole?: number;
    }
  /** The files of a node are in place here. `leftOut`: how many of those it sent are not. */
  | {
      readonly type: 'pulled';
      readonly node: Node;
      readonly path: string;
      readonly files: number;
      readonly bytes: number;
      readonly leftOut: number;
    }
  /** This node's command prints no more: flush its last, unterminated lines. */
  | { readonly type: 'output-end'; readonly node: Node }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      /** The node that the message is about. The message does not name it. */
      readonly node?: Node | undefined;
      readonly message: string;
      readonly causes?: readonly unknown[];
      /** The message holds something to copy and type: lockstep does not break its line. */
      readonly isToCopy?: boolean;
      /** Where people read the log, the report at the end says this as well. */
      readonly isInReport?: boolean;
    }
  /** The last event of a run: how each node ended, and the first cause if the run failed. */
  | {
      readonly type: 'finished';
      readonly outcomes: readonly NodeOutcome[];
      readonly failure?: LockstepError;
      readonly exitCode: number;
      readonly files?: FilesAtEnd;
      readonly success?: Success;
      /** Nodes that the run told to end their work, and that have not said that they did. */
      readonly stuck?: readonly Node[];
    };

/** Bytes that a command, a sync tool or (from: 'tar') the receiver wrote on a node. */
export interface OutputEvent {
  readonly type: 'output';
  readonly node: Node;
  readonly stream: Stream;
  readonly chunk: Buffer;
  readonly from?: 'tar';
  /** Jobs: the last line of a command, without its newline; what comes next is another one's. */
  readonly endsLine?: boolean;
}

export type RunEvent = ControlEvent | OutputEvent;

/** When the run told the event, by the wall clock, and the run itself, which is known from `begun` on. */
export type Stamped<Event extends RunEvent = RunEvent> = Event & {
  readonly at: number;
  readonly run: string | undefined;
};

/** Tells an event. The caller waits for no listener. */
export type Tell = (event: ControlEvent) => void;

/** A returned promise asks to hold the node back until it resolves: the listener is slower than the node. */
export type PassOn = (event: OutputEvent) => void | Promise<void>;

/** The voice of a run. */
export interface Teller {
  readonly tell: Tell;
  readonly output: PassOn;
  /** Resolves when listeners have taken all events so far. Rejects when they cannot take them, or those to come. */
  readonly heard: () => Promise<void>;
}

/** Hears a run. */
export interface Listener {
  tell(event: Stamped<ControlEvent>): void;
  output(event: Stamped<OutputEvent>): void | Promise<void>;
  heard(): Promise<void>;
}
