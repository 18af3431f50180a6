/** What becomes of nodes that fail before anything has changed. */
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Phase } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { HeldRun } from '../held-run.ts';
import { hintOf } from './speaker.ts';

/** Settles a node that has failed, and returns its error. Throws where the run is over: that has ended the work of nodes that are well. */
export function noteFailure(
  { held, outcomes }: HeldRun,
  node: Node,
  thrown: unknown,
  phase?: Phase,
): LockstepError {
  held.check();
  const error = toLockstepError(thrown).of(node, undefined);
  outcomes.settle(node, { kind: 'refused', error }, phase);
  return error;
}

/** Throws if nodes refused something before anything changed. `hint`: used if nothing better is known. */
export function refuse({ sites, request }: HeldRun, failures: readonly LockstepError[], hint?: string): void {
  if (failures.length === 0) return;
  const text = `refused on ${failures.length} of ${countNodes(sites.length)}`;
  throw new LockstepError('upload-failed', text, {
    causes: failures,
    brief: { text, causes: failures },
    hint,
    ...hintOf(failures, request.connect.asRoot),
  });
}
