/** The local files of a run: the output of each node (`--outdir`), and the nodes that failed (`--failed-to`). */

import { type LockstepError, toLockstepError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome } from '../core/outcome.ts';
import type { RestNode } from '../core/rest.ts';
import { type NodeFiles, openNodeFiles } from './node-files.ts';
import { checkFailedList, writeFailedList } from './report/failed-list.ts';

export interface RunFiles {
  /** They take the output of commands. */
  readonly listeners: readonly Listener[];
  /** Writes what is left; resolves with the errors, first cause first. */
  finish(outcomes: readonly NodeOutcome[]): Promise<LockstepError[]>;
}

export interface FileSettings {
  /** A directory with one file for each node. */
  readonly outdir?: string | undefined;
  /** A host file for the nodes that are not ok. */
  readonly failedTo?: string | undefined;
  /** Nodes of the rollout that the run continues, on which it does not work: they count as an earlier run left them. */
  readonly rest?: readonly RestNode[] | undefined;
}

/** Rejects with a usage error when a file cannot be written. */
export async function openRunFiles(
  { outdir, failedTo, rest }: FileSettings,
  nodes: readonly Node[],
): Promise<RunFiles> {
  if (failedTo !== undefined) await checkFailedList(failedTo);
  const files = outdir === undefined ? undefined : await openNodeFiles(outdir, nodes);
  const finish = async (outcomes: readonly NodeOutcome[]) => {
    const errors = [await files?.close()];
    if (failedTo !== undefined) {
      errors.push(await writeFailedList(failedTo, outcomes, rest).then(() => undefined, toLockstepError));
    }
    return errors.filter((error) => error !== undefined);
  };
  return { listeners: files === undefined ? [] : [listenerOf(files)], finish };
}

/** The words of an upload's receiver are no output of a command. */
function listenerOf(files: NodeFiles): Listener {
  return {
    tell() {},
    output: (event) => (event.from === undefined ? files.output(event) : undefined),
    heard: async () => {},
  };
}
