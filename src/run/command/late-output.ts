/**
 * What a command has left outside of its session, as a daemon, may have its output for as long as it likes: it is heard,
 * as with ssh, but no longer than the command's own time. A command whose output is cut then has taken too long.
 */
import type { Clock } from '../../core/clock.ts';
import type { Emit } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { HoldOptions } from '../../lock/while-held.ts';
import type { CommandLimits } from './run-commands.ts';
import { tellEnd } from './tell-end.ts';

/** For `whileHeld`. */
export function hearLate(
  limits: CommandLimits,
  { outcomes, emit, clock }: { outcomes: Map<string, Outcome>; emit: Emit; clock: Clock },
): Pick<HoldOptions, 'hearMs' | 'onCut'> {
  return {
    hearMs: ({ node, commandStartedMs: startedMs }) =>
      hearingMs(limits, { outcome: outcomes.get(node.id), startedMs, nowMs: clock.monotonicMs() }),
    onCut: ({ node }) => void tellCut(limits, node, { outcomes, emit }),
  };
}

export interface Left {
  readonly outcome: Outcome | undefined;
  readonly startedMs: number | undefined;
  readonly nowMs: number;
}

/** How long it is heard from now on; undefined: until it lets go. What was ended before its own end is not. Pure. */
export function hearingMs(
  { timeoutMs }: CommandLimits,
  { outcome, startedMs, nowMs }: Left,
): number | undefined {
  if (outcome !== undefined && !ENDED_BY_ITSELF.has(outcome.kind)) return 0;
  if (timeoutMs === undefined || startedMs === undefined) return undefined;
  return Math.max(0, startedMs + timeoutMs - nowMs);
}

const ENDED_BY_ITSELF: ReadonlySet<Outcome['kind']> = new Set(['ok', 'exit', 'signal']);

/** Notes, and tells, that the output of a node's command was cut. */
export function tellCut(
  { timeoutMs }: CommandLimits,
  node: Node,
  { outcomes, emit }: { outcomes: Map<string, Outcome>; emit: Emit },
): Promise<void> {
  const outcome = outcomes.get(node.id);
  if (timeoutMs === undefined || outcome === undefined || !ENDED_BY_ITSELF.has(outcome.kind)) {
    return Promise.resolve();
  }
  // It ends now, behind those that have ended before.
  outcomes.delete(node.id);
  return tellEnd({ outcomes, emit }, node, { kind: 'timed-out', afterMs: timeoutMs });
}
