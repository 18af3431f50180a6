/** `--failed-to`: the nodes that are not ok as a host file, one target a line. Replaces it as a whole: a reader never sees half of it. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { targetText } from '../../core/node.ts';
import type { NodeOutcome } from '../../core/outcome.ts';
import type { RestNode } from '../../core/rest.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { lookAtPath, writeWhole } from '../write-whole.ts';

/** Rejects with a usage error if the file could not be written at the end of the run. */
export async function checkFailedList(path: string): Promise<void> {
  try {
    const place = await lookAtPath(path);
    if (place.isDirectory) throw new Error('it is a directory');
    await access(place.isReplaceable ? dirname(place.path) : place.path, constants.W_OK);
  } catch (thrown) {
    throw new LockstepError('usage', `can't write to ${quoteInput(path)}: ${reasonOf(thrown)}`, {
      hint: '--failed-to takes a file in a directory that you may write to',
    });
  }
}

/** An empty file when all nodes are ok, also those of a rollout that an earlier run has left. Rejects with `file-not-written`. */
export async function writeFailedList(
  path: string,
  outcomes: readonly NodeOutcome[],
  rest: readonly RestNode[] = [],
): Promise<void> {
  const nodes: Pick<RestNode, 'node' | 'kind'>[] = outcomes.map(({ node, outcome: { kind } }) => ({
    node,
    kind,
  }));
  for (const one of rest.toSorted((one, other) => one.at - other.at)) nodes.splice(one.at, 0, one);
  const failed = nodes.filter(({ kind }) => kind !== 'ok');
  const text = failed.map(({ node }) => `${targetText(node)}\n`).join('');
  try {
    await writeWhole(path, text, 0o666);
  } catch (thrown) {
    const message = `the list of failed nodes was not written to ${quoteInput(path)}`;
    throw new LockstepError('file-not-written', message, { causes: [thrown] });
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
