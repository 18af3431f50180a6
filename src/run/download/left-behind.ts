/**
 * What a download that was killed has left: it is removed only where this account made it, the process that did is surely
 * gone, and all that it had put aside has been replaced. The mark says who made it; it goes last, so that a removal that is
 * killed as well can be taken up again.
 */
import { lstat, readdir, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive, isController, isOfThisBoot, ownController } from '../../core/controller.ts';
import { isSafeFromOthers } from '../../core/safe-from-others.ts';
import { codeOf } from '../../core/system-error.ts';
import { removeTree } from './remove-tree.ts';

const MARK = 'by';

/** Never rejects: some file systems have no links, and nothing but a later removal needs it. */
export async function markOwn(staging: string): Promise<void> {
  await symlink(JSON.stringify(await ownController()), join(staging, MARK)).catch(() => {});
}

/** Removes all of it but what is named. */
export async function removeStaging(staging: string, keeps: 'old' | undefined): Promise<void> {
  await removeTree(join(staging, 'new'));
  if (keeps === undefined) await removeTree(join(staging, 'old'));
  await unlink(join(staging, MARK)).catch(() => {});
  if (keeps === undefined) await rmdir(staging);
}

/** Whether it is gone now. Never rejects. */
export async function removeDead(staging: string): Promise<boolean> {
  try {
    if (!(await isDead(staging)) || !(await isReplaced(staging))) return false;
    await removeStaging(staging, undefined);
    return true;
  } catch {
    return false;
  }
}

async function isDead(staging: string): Promise<boolean> {
  const stats = await lstat(staging);
  const isOwn = stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o777) === 0o700;
  if (!isOwn || !isSafeFromOthers(dirname(staging))) return false;
  const entries = await readdir(staging, { withFileTypes: true });
  const isKnown = entries.every((entry) => {
    return entry.name === MARK ? entry.isSymbolicLink() : PARTS.has(entry.name) && entry.isDirectory();
  });
  const maker: unknown = JSON.parse(await readlink(join(staging, MARK)));
  // On another boot it may have been made by another machine of that name, which lives.
  return isKnown && isController(maker) && (await isOfThisBoot(maker)) && (await isAlive(maker)) === false;
}

const PARTS: ReadonlySet<string> = new Set(['new', 'old']);

/** A kill between two renames leaves the only files of a node there. */
async function isReplaced(staging: string): Promise<boolean> {
  const names = await readdir(join(staging, 'old')).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return [];
  });
  const places = names.map((name) => lstat(join(dirname(staging), name)));
  return (await Promise.all(places)).every((place) => place.isDirectory());
}
