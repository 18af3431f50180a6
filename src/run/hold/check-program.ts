/** Whether the program of `-L` can start at all. */
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { singleLine } from '../../text/single-line.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Checks, as a shell would, whether the program can start, so that the run asks no node for its lock in vain.
 * Throws LockstepError `program-missing` or `program-denied`.
 */
export function checkProgram([name]: readonly string[], { PATH }: Surroundings['environment']): void {
  if (name === undefined) return;
  const places = name.includes('/') ? [name] : (PATH ?? '').split(':').map((place) => join(place, name));
  // Without PATH the system uses one of its own.
  if (!name.includes('/') && PATH === undefined) return;
  let denied: NodeJS.ErrnoException | undefined;
  for (const place of places) {
    try {
      accessSync(place, fsConstants.X_OK);
      if (!statSync(place).isDirectory()) return;
      denied ??= Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') denied ??= error as NodeJS.ErrnoException;
    }
  }
  throw startError(name, denied ?? Object.assign(new Error(), { code: 'ENOENT' }));
}

export function startError(name: string, error: NodeJS.ErrnoException): LockstepError {
  const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  const why = isMissing ? 'no such program' : error.code === 'EACCES' ? 'permission denied' : error.message;
  const text = `cannot start '${singleLine(name, LIMITS.quotedInputCharsMax)}': ${why}`;
  return new LockstepError(isMissing ? 'program-missing' : 'program-denied', text);
}
