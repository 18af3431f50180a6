/** How a command ended on a node, and how the node ended. */
import type { LockstepError } from './errors.ts';
import type { Node } from './node.ts';

/** How one node ended. */
export type Outcome =
  | { readonly kind: 'ok' }
  /** `follows`: it failed only because another node did, as its sync tool says. */
  | { readonly kind: 'exit'; readonly code: number; readonly follows?: true }
  | { readonly kind: 'signal'; readonly signal: string }
  /** `follows`: it was to be ended with the run. */
  | { readonly kind: 'lost'; readonly reason: string; readonly follows?: true }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'refused'; readonly error: LockstepError }
  /** `--fail-fast`, or the end of the run, ended it in the middle of its work, or its files were taken back with those of others. */
  | { readonly kind: 'ended'; readonly reason: string; readonly follows?: true }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Whether the command itself failed, rather than only because others did. */
export function isFailure({ kind }: Outcome): boolean {
  return kind !== 'ok' && kind !== 'refused' && kind !== 'ended' && kind !== 'skipped';
}

export interface NodeOutcome {
  readonly node: Node;
  readonly outcome: Outcome;
}

export type ChannelResult =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  /** The channel ended without a status: the connection or the server process died. */
  | { readonly kind: 'lost'; readonly reason: string };

/** How all the work of a node ended: as its command did, or the node was refused one. */
export type WorkResult = ChannelResult | Extract<Outcome, { readonly kind: 'refused' }>;
