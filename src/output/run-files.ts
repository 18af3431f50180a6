/** The local files of a run: the output of each node (`--outdir`), and the nodes that failed (`--failed-to`). */

import { type LockstepError, toLockstepError } from '../core/errors.ts';
import type { Emit } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome } from '../core/outcome.ts';
import { openNodeFiles } from './node-files.ts';
import { checkFailedList, writeFailedList } from './report/failed-list.ts';

export interface RunFiles {
  /** Takes what commands print, as well; the caller is held back by the slower of the two. */
  readonly emit: Emit;
  /** Writes what is left; resolves with what went wrong, first cause first. */
  finish(outcomes: readonly NodeOutcome[]): Promise<LockstepError[]>;
}

/** Rejects with a usage error when a file cannot be written. `next`: where events go besides. */
export async function openRunFiles(
  { outdir, failedTo }: { outdir?: string | undefined; failedTo?: string | undefined },
  { nodes, next }: { nodes: readonly Node[]; next: Emit },
): Promise<RunFiles> {
  if (failedTo !== undefined) await checkFailedList(failedTo);
  const files = outdir === undefined ? undefined : await openNodeFiles(outdir, nodes);
  const emit: Emit = (event) => {
    const shown = next(event);
    // What the receiver of an upload says is no output of a command.
    if (files === undefined || event.type !== 'output' || event.from !== undefined) return shown;
    const written = files.output(event);
    if (shown === undefined || written === undefined) return shown ?? written;
    return Promise.all([shown, written]).then(() => {});
  };
  const finish = async (outcomes: readonly NodeOutcome[]) => {
    const errors = [await files?.close()];
    if (failedTo !== undefined) {
      errors.push(await writeFailedList(failedTo, outcomes).then(() => undefined, toLockstepError));
    }
    return errors.filter((error) => error !== undefined);
  };
  return { emit: files === undefined ? next : emit, finish };
}
