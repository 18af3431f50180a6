/** What the journal knows of a run that has begun: its lines, its nodes, and the slots that it had. Pure. */
import type { Node } from '../core/node.ts';
import type { Source } from '../core/sources.ts';
import type { Head } from './head.ts';

/** A line of `events.jsonl`: docs/REQUESTS.md describes it. */
export type EventLine = Readonly<Record<string, unknown>> & { readonly type: string; readonly at: string };

export interface Past {
  readonly head: Head;
  /** `died`: its journal has no end, and its process is gone. */
  readonly state: 'over' | 'running' | 'died';
  readonly exitCode: number | undefined;
  /** The first cause. */
  readonly failure: string | undefined;
  readonly beganMs: number;
  /** The last known time of it. */
  readonly endedMs: number;
  readonly nodes: readonly PastNode[];
  /** Empty unless it is a rollout. */
  readonly slots: readonly PastSlot[];
  /** Undefined if the run told none. */
  readonly sources: readonly Source[] | undefined;
}

export interface PastNode {
  readonly node: Node;
  readonly kind: EndKind;
  /** How, and why; empty if the kind says it all. */
  readonly detail: string;
  /** It was out of reach, and left out (`-w`). */
  readonly isOut?: boolean;
  /** It ended so in an earlier run of the rollout, and its work has not begun in this one. */
  readonly isOfEarlier?: boolean;
  readonly spans: readonly Span[];
}

const END_KINDS = [
  'ok',
  'exit',
  'signal',
  'lost',
  'timed-out',
  'refused',
  'ended',
  'skipped',
  'waiting',
  'running',
] as const;

export type EndKind = (typeof END_KINDS)[number];

export function isEndKind(kind: string): kind is EndKind {
  return (END_KINDS as readonly string[]).includes(kind);
}

/** A node's part of a phase. */
export interface Span {
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PastSlot {
  /** The order that it belongs to; empty for nodes in none. */
  readonly thread: string;
  readonly name: string;
  readonly nodes: readonly PastNode[];
}
