/** `--failed-to`: the nodes that are not ok as a host file, one target a line. It is replaced as a whole: a reader never sees half of it. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { targetText } from '../../core/node.ts';
import type { NodeOutcome } from '../../core/outcome.ts';
import { quoteInput } from '../../text/quote-input.ts';

/** Rejects with a usage error when the file could not be written at the end of the run. */
export async function checkFailedList(path: string): Promise<void> {
  try {
    const place = await placeOf(path);
    if (place.isDirectory) throw new Error('it is a directory');
    await access(place.isReplaceable ? dirname(place.path) : place.path, constants.W_OK);
  } catch (thrown) {
    throw new LockstepError('usage', `can't write to ${quoteInput(path)}: ${reasonOf(thrown)}`, {
      hint: '--failed-to takes a file in a directory that you may write to',
    });
  }
}

/** An empty file when all nodes are ok. Rejects with `file-not-written`. */
export async function writeFailedList(path: string, outcomes: readonly NodeOutcome[]): Promise<void> {
  const failed = outcomes.filter(({ outcome }) => outcome.kind !== 'ok');
  const text = failed.map(({ node }) => `${targetText(node)}\n`).join('');
  try {
    const place = await placeOf(path);
    if (place.isReplaceable) await replaceFile(place.path, text);
    else await writeFile(place.path, text);
  } catch (thrown) {
    const message = `the list of failed nodes was not written to ${quoteInput(path)}`;
    throw new LockstepError('file-not-written', message, { causes: [thrown] });
  }
}

interface Place {
  /** The path behind all symbolic links: the link stays what it is. */
  readonly path: string;
  /** Missing or a plain file: not a device, a pipe or the like, in whose place a file would do harm. */
  readonly isReplaceable: boolean;
  readonly isDirectory: boolean;
}

async function placeOf(path: string): Promise<Place> {
  try {
    const stats = await stat(path);
    const isReplaceable = stats.isFile();
    return { path: await realpath(path), isReplaceable, isDirectory: stats.isDirectory() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { path, isReplaceable: true, isDirectory: false };
    }
    throw error;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = join(dirname(path), `.lockstep-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(fresh, 'wx', 0o666);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
