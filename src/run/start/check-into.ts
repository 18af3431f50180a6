/** Looks at the directory of `--into` before anything is connected; what it lacks is made when all nodes are locked. */
import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { type Node, nodeFileName } from '../../core/node.ts';
import { codeOf, systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';

/** Rejects with LockstepError `usage` if it cannot be used, or two nodes would share a place there. */
export async function checkInto(into: string, nodes: readonly Node[]): Promise<void> {
  const lower = new Set(nodes.map((node) => nodeFileName(node).toLowerCase()));
  if (lower.size < nodes.length)
    throw new LockstepError('usage', 'two of the nodes differ in upper and lower case alone');
  try {
    // The slash asks for a directory.
    await access(`${await nearest(into)}/`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new LockstepError('usage', `can't write to ${quoteInput(into)}: ${systemErrorText(error)}`, {
      hint: '--into takes a directory of yours; lockstep makes it if it is missing',
    });
  }
  await checkPlaces(nodes.map((node) => join(into, nodeFileName(node))));
}

/** The commit looks once more: much may happen here while a node sends. */
async function checkPlaces(places: readonly string[]): Promise<void> {
  const isTaken = (place: string) =>
    lstat(place).then(
      (found) => !found.isDirectory(),
      () => false,
    );
  const looks = await Promise.all(places.map(isTaken));
  const [first, ...more] = places.filter((_, at) => looks[at]);
  if (first === undefined) return;
  const [count, are] =
    more.length === 0
      ? ['', 'is there, and is no directory']
      : [` and ${more.length} more`, 'are there, and are no directories'];
  throw new LockstepError('usage', `${quoteInput(first)}${count} ${are}`, {
    hint: 'the files of a node go into a directory of that name: move it away, or give another --into',
  });
}

/** The path itself, or the nearest above it that is there. */
async function nearest(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearest(dirname(path));
  }
}
