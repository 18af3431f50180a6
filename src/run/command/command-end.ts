/** How a command ended, when lockstep may have ended it; and what that means for the run. Pure. */

import { LockstepError } from '../../core/errors.ts';
import { type ChannelResult, isFailure, type Outcome, type WorkResult } from '../../core/outcome.ts';
import type { Cut } from '../../schedule/schedule-state.ts';

/** `result`: undefined for one that was given up, since it did not end. `cut`: undefined for one that was left alone. */
export function outcomeOf(result: WorkResult | undefined, cut?: Cut): Outcome {
  if (result?.kind === 'lost' || result?.kind === 'refused') return result;
  // Whatever it says of its end, it has taken too long.
  if (cut?.kind === 'timeout') return { kind: 'timed-out', afterMs: cut.afterMs };
  const isOurs = result === undefined || isEndedBySignal(result);
  if (cut?.kind === 'fail-fast' && isOurs)
    return { kind: 'ended', reason: `since ${cut.firstId} failed first` };
  if (result === undefined) return { kind: 'lost', reason: 'it could not be ended' };
  if (result.kind === 'signal') return result;
  return result.code === 0 ? { kind: 'ok' } : { kind: 'exit', code: result.code };
}

/** For the schedule: work that never came to a command has failed like any other. */
export function scheduledAs(outcome: Outcome): Outcome {
  return outcome.kind === 'refused' ? { kind: 'exit', code: 1 } : outcome;
}

/** The failure of a run by its first cause; the outcomes are in the order in which the nodes ended. */
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

/** By TERM or KILL, with which lockstep ends commands. A command that ended by itself meanwhile keeps its own code. */
function isEndedBySignal(result: Exclude<ChannelResult, { kind: 'lost' }>): boolean {
  if (result.kind === 'signal') return /^(?:SIG)?(?:TERM|KILL)$/.test(result.signal);
  return result.code === 128 + SIGTERM || result.code === 128 + SIGKILL;
}

const SIGTERM = 15;
const SIGKILL = 9;
