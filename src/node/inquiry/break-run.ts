/** Ends a run on a node where it holds a lock or has left work behind. */
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Connection } from '../../ssh/transport.ts';
import type { Become } from '../become.ts';
import { LOCK_BREAK_TEXT } from '../texts.ts';
import { ask } from './ask.ts';

export interface BreakSettings {
  /** Exactly this run, and those of its session (`RUN.1` …). */
  readonly run: string;
  readonly graceMs: number;
  readonly token: string;
  readonly become: Become | undefined;
  readonly clock: Clock;
}

/** Resolves when its keepers and its work are gone. Rejects with a LockstepError that says what is left, and why. */
export async function breakRun(connection: Connection, settings: BreakSettings): Promise<void> {
  const { node } = connection;
  const replies = await ask(connection, {
    ...settings,
    text: LOCK_BREAK_TEXT,
    words: ['lockstep-break', settings.run],
    start: `${Math.ceil(settings.graceMs / 1000)}`,
    timeoutMs: LIMITS.lockBreakTimeoutMs + settings.graceMs,
  });
  if (replies.some(({ kind }) => kind === 'broken')) return;
  const remains = replies.flatMap((reply) => (reply.kind === 'remains' ? reply.pids : []));
  const told = replies.find((reply) => reply.kind === 'error')?.reason;
  const why = told ?? `processes of the run could not be ended: pid ${remains.join(', ')}`;
  throw new LockstepError('not-broken', why, {
    node,
    ...(settings.become !== undefined
      ? {}
      : { hint: 'processes of another account, or below sudo, are ended with -x' }),
  });
}
