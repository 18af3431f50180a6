/** Directories of this machine. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './system-error.ts';

/**
 * Makes a directory and its missing parents, one by one. Node's own `recursive` never ends where the kernel says "no
 * such file" for a directory whose parent exists, as below /proc.
 */
export async function makeDirectories(path: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isThere(at)); at = dirname(at)) {
    missing.push(at);
    if (at === dirname(at)) break;
  }
  for (const directory of missing.reverse()) {
    await mkdir(directory, { mode }).catch((error: unknown) => {
      // Another run made it meanwhile.
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
