/** `-w`: leaves out nodes that cannot be reached or worked on, and names each. */
import type { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Run } from '../begin.ts';
import { notConnected } from './connect.ts';

/** Each in a record of its own, as scripts know it; but a thousand would hide everything else. */
export function leaveAllOut(failures: readonly LockstepError[], run: Run): void {
  if (failures.length <= LIMITS.leftOutToldMax) {
    for (const error of failures) leaveOut(error, run);
    return;
  }
  const { request, tell } = run;
  const level = request.show.quiet ? 'error' : 'warn';
  const message = `${failures.length} nodes are left out`;
  tell({ type: 'log', level, message, causes: failures.map(notConnected) });
  for (const { node } of failures) if (node !== undefined) tell({ type: 'left-out', node });
}

/** `-w`. Scripts look for the words of the failure in the warning itself. */
export function leaveOut(error: LockstepError, run: Run): void {
  const { request, tell, outcomes } = run;
  noteRefusal(error, outcomes);
  // -q hides warnings, but not which nodes are left out.
  const level = request.show.quiet ? 'error' : 'warn';
  const id = error.node?.id ?? '';
  const why = error.code === 'unusable' ? 'it cannot be worked on' : `can't connect to address: ${id}`;
  const message = `${id} is left out: ${why}`;
  tell({ type: 'log', level, message, brief: 'left out', causes: [error] });
  if (error.node !== undefined) tell({ type: 'left-out', node: error.node });
}

export function noteRefusal(error: LockstepError, outcomes: Run['outcomes']): void {
  if (error.node !== undefined) outcomes.settle(error.node, { kind: 'refused', error });
}
