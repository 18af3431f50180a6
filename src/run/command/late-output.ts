/**
 * A process that a command leaves outside its session, such as a daemon, may hold the command's output for as long as
 * it likes. Lockstep listens to it, like ssh, but no longer than the command's own time; a command that it cuts off
 * then has taken too long.
 */
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import { atMost } from '../../core/waiting.ts';
import type { Run } from '../begin.ts';
import type { CommandLimits } from './run-commands.ts';
import { tellEnd } from './tell-end.ts';

/** Where lockstep hears the command of a node. */
export interface Hearing {
  readonly node: Node;
  /** Settles when nothing has its output open any more. */
  readonly gone: Promise<unknown>;
  /** Lets go of it, even if something still has it. */
  close(): void | Promise<void>;
}

/** Resolves when nothing has the output any more, or its time is over. Not for what was ended before its own end. */
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
