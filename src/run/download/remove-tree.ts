/** Removes what a download has staged. */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../core/system-error.ts';

/** Even where directories are closed to their owner. */
export async function removeTree(top: string): Promise<void> {
  await rm(top, { recursive: true, force: true }).catch(async (error: unknown) => {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTEMPTY') throw error;
    await openAll(top);
    await rm(top, { recursive: true, force: true });
  });
}

async function openAll(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openAll(join(directory, entry.name));
  }
}
