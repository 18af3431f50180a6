/** How a run ended: a value, from what is known of its nodes and its first cause. Pure. */
import { EXIT, type LockstepError } from '../core/errors.ts';
import type { RunEnd } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome, Outcome } from '../core/outcome.ts';
import type { Run } from './begin.ts';

export interface Ending extends RunEnd {
  /** Work on this machine from before the first connection: it may hang. */
  readonly preparing: Promise<unknown>;
}

export function endingOf(run: Run, failure: LockstepError | undefined): Ending {
  const { progress, outcomes: known } = run;
  const { hasWorkBegun, programCode } = progress;
  const outcomes = progress.nodes.map(
    (node): NodeOutcome => ({ node, outcome: known.get(node) ?? missing(run, node, failure) }),
  );
  const ownCode = failure?.exitCode ?? programCode ?? exitCodeOf(outcomes);
  const exitCode = ownCode === EXIT.ok && progress.hasFound ? EXIT.changesPending : ownCode;
  return {
    exitCode,
    outcomes,
    failure,
    files: run.files.atEnd(),
    success: exitCode === EXIT.ok ? progress.success : undefined,
    stuck: run.stuck,
    isOrderly: hasWorkBegun && isOrderlyEnd(run, failure),
    preparing: progress.preparing,
  };
}

/** The outcome of a node without one: at work when the run ended, or never at work. */
function missing(
  { progress, stuck, unended }: Run,
  { id }: Node,
  failure: LockstepError | undefined,
): Outcome {
  if (failure === undefined) return { kind: 'ok' };
  if (!progress.hasWorkBegun) return { kind: 'skipped', reason: 'nothing was run there' };
  const isOneOf = (nodes: readonly Node[]) => nodes.some((node) => node.id === id);
  if (isOneOf(stuck))
    return { kind: 'lost', reason: 'no word has come of the end of its work', follows: true };
  if (isOneOf(unended)) return { kind: 'lost', reason: 'its work could not be ended', follows: true };
  return { kind: 'ended', reason: 'its work was ended with the run', follows: true };
}

/** A node that was left out is tolerated; everything else that is not ok is a failure. */
function exitCodeOf(outcomes: readonly NodeOutcome[]): number {
  const failed = outcomes.filter(({ outcome }) => outcome.kind !== 'ok' && outcome.kind !== 'refused');
  return failed.length === 0 ? EXIT.ok : EXIT.commandFailed;
}

/** `-L` ends by an interrupt, or with its program: neither is a failure to report. */
function isOrderlyEnd({ request }: Run, failure: LockstepError | undefined): boolean {
  if (request.work.mode !== 'lock') return false;
  return failure === undefined || failure.code === 'interrupted' || failure.code === 'terminated';
}
