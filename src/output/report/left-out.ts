/** The words for nodes that `-w` leaves out, at that moment: each has a record of its own, but a thousand share one. */
import type { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { causeTrees, type ReportBounds, type Tree, tellTree } from './tree.ts';

export function leftOutTrees(errors: readonly LockstepError[], bounds: ReportBounds): Tree[] {
  if (errors.length > LIMITS.leftOutToldMax) {
    return [tellTree(`${errors.length} nodes are left out`, errors, bounds)];
  }
  if (bounds.isBrief) return errors.map((error) => tellTree('left out', [error], bounds));
  return errors.map((error) => ({
    text: tellTree(`is left out: ${why(error)}`, [], bounds, error.node).text,
    children: causeTrees([error.of(error.node, undefined)], bounds),
  }));
}

/** Scripts look for the words of the failure in the record itself. */
function why({ code, node }: LockstepError): string {
  return code === 'unusable' ? 'it cannot be worked on' : `can't connect to address: ${node?.id ?? ''}`;
}
