/** Writes a file as a whole or not at all: a reader never sees half of it. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Replaces an existing file, or writes into a device or pipe. `mode`: of the file. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const place = await lookAtPath(path);
  if (place.isReplaceable) await replaceFile(place.path, text, mode);
  else await writeFile(place.path, text);
}

export interface OutputPath {
  /** The path behind all symbolic links: the link itself stays. */
  readonly path: string;
  /** Missing or a plain file: a file in the place of a device, a pipe or the like would do harm. */
  readonly isReplaceable: boolean;
  readonly isDirectory: boolean;
}

export async function lookAtPath(path: string): Promise<OutputPath> {
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

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const fresh = join(dirname(path), `.lockstep-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(fresh, 'wx', mode);
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
