/**
 * What a command has left outside of its session, as a daemon, may have its output for as long as it likes: it is heard,
 * as with ssh, but no longer than the command's own time. A command whose output is cut then has taken too long.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import { atMost } from '../../core/waiting.ts';
import type { Run } from '../begin.ts';
import type { CommandLimits } from './run-commands.ts';
import { tellEnd } from './tell-end.ts';

/** Where the command of a node is heard. */
export interface Hearing {
  readonly node: Node;
  /** Settles when nothing has its output any more. */
  readonly gone: Promise<unknown>;
  /** Lets go of it, where something still has it. */
  close(): void | Promise<void>;
}

/** Resolves when nothing has the output any more, or it was cut. What was ended before its own end is not heard. */
export async function hearLate(
  { outcomes, begunMs, tell, clock }: Pick<Run, 'outcomes' | 'begunMs' | 'tell' | 'clock'>,
  { timeoutMs }: CommandLimits,
  hearing: Hearing,
): Promise<void> {
  const { node, gone } = hearing;
  const outcome = outcomes.get(node);
  const wasEnded = outcome !== undefined && !ENDED_BY_ITSELF.has(outcome.kind);
  const begun = begunMs.get(node.id);
  const isEndless = timeoutMs === undefined || begun === undefined;
  if (isEndless && !wasEnded) return void (await gone);
  // A channel that nothing holds open gets a moment to close.
  const restMs = isEndless || wasEnded ? 0 : begun + timeoutMs - clock.monotonicMs();
  if (await atMost(gone, { clock, timeoutMs: Math.max(restMs, LIMITS.closeGraceMs) })) return;
  await hearing.close();
  if (wasEnded || outcome === undefined || timeoutMs === undefined) return;
  tellEnd({ outcomes, tell }, node, { kind: 'timed-out', afterMs: timeoutMs });
}

const ENDED_BY_ITSELF: ReadonlySet<Outcome['kind']> = new Set(['ok', 'exit', 'signal']);
