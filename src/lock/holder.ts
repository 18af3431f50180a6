/** Holders of a lock as text. Their words come from other processes: lockstep shows them, and never trusts them. Pure. */

import { LIMITS } from '../core/limits/limits.ts';
import type { Holder } from '../core/lock.ts';

/** `ann@ctl since … on / (run …: -C tail, reason: …)`; several readers one after the other. `isRoot`: whoever looks sees everything. */
export function describeHolders(holders: readonly Holder[], isRoot = false): string {
  // The same run may appear twice: for a moment its keeper's children look like the keeper.
  const each = [...new Map(holders.map((holder) => [holder.run, describeHolder(holder)])).values()];
  if (each.length === 0)
    return isRoot ? 'another tool, or a run that has just ended' : 'a process this account cannot see';
  const named = each.slice(0, LIMITS.holdersNamedMax);
  const more = each.length - named.length;
  return named.join(' and by ') + (more > 0 ? ` and by ${more} more` : '');
}

export function describeHolder({ who, run, since, lockPath, reason, command, kind }: Holder): string {
  const why = reason === '' ? '' : `, reason: ${reason}`;
  const how = kind === 'shared' ? ', shared' : '';
  return `${who} since ${since} on ${lockPath} (run ${run}: ${command}${how}${why})`;
}
