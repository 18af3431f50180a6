/** How a command is said to have ended, when it may have been ended by us; and what the run says then. Pure. */

import { LockstepError } from '../../core/errors.ts';
import type { ChannelResult, Outcome } from '../../core/outcome.ts';

/** Why a command was ended before its own end. */
export type Cut =
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** `firstId`: the node whose command failed first. */
  | { readonly kind: 'fail-fast'; readonly firstId: string };

/** `result`: undefined when it was given up, since it could not be ended. `cut`: undefined when it was left alone. */
export function outcomeOf(result: ChannelResult | undefined, cut?: Cut): Outcome {
  if (result?.kind === 'lost') return result;
  // Whatever it says of its end, it has taken too long.
  if (cut?.kind === 'timeout') return { kind: 'timed-out', afterMs: cut.afterMs };
  const isOurs = result === undefined || isEndedBySignal(result);
  if (cut !== undefined && isOurs) return { kind: 'ended', reason: `since ${cut.firstId} failed first` };
  if (result === undefined) return { kind: 'lost', reason: 'it could not be ended' };
  if (result.kind === 'signal') return result;
  return result.code === 0 ? { kind: 'ok' } : { kind: 'exit', code: result.code };
}

/** Whether the command itself failed, and did not only fall with others. */
export function isFailure({ kind }: Outcome): boolean {
  return kind !== 'ok' && kind !== 'refused' && kind !== 'ended' && kind !== 'skipped';
}

/** The failure of a run by its first cause; the outcomes stand in the order in which the nodes ended. */
export function failureOf(outcomes: Iterable<Outcome>): LockstepError | undefined {
  for (const outcome of outcomes) {
    if (!isFailure(outcome)) continue;
    if (outcome.kind === 'timed-out') {
      return new LockstepError('command-timed-out', 'a command took too long on some node');
    }
    return new LockstepError('command-failed', 'a command failed on some node');
  }
  return undefined;
}

/** By TERM or KILL, the signals that we end commands with. A command that ended by itself meanwhile keeps its own code. */
function isEndedBySignal(result: Exclude<ChannelResult, { kind: 'lost' }>): boolean {
  if (result.kind === 'signal') return /^(?:SIG)?(?:TERM|KILL)$/.test(result.signal);
  return result.code === 128 + SIGTERM || result.code === 128 + SIGKILL;
}

const SIGTERM = 15;
const SIGKILL = 9;
