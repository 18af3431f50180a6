/**
 * Whether this process may have as many connections open as a run needs. Node raises its own limit to the hard one as
 * it starts, so it can get no more later.
 */
import { readFile } from 'node:fs/promises';
import { LockstepError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits/limits.ts';

/** Rejects with `unreachable`, before any connection, if some nodes could not be connected to. */
export async function checkOpenFiles(connections: number, path = '/proc/self/limits'): Promise<void> {
  // Only Linux has this file; on other systems connecting shows whether there are enough.
  const limits = await readFile(path, 'latin1').catch(() => '');
  const allowed = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const needed = connections + LIMITS.filesBesideNodes;
  if (needed <= allowed) return;
  const text = `${connections} connections need ${needed} open files, and this process may have ${allowed}`;
  throw new LockstepError('unreachable', text, {
    hint: `type ulimit -n ${needed}, as root where it is refused, or name fewer nodes at a time`,
  });
}
