import { LockstepError } from '../../core/errors.ts';
import { systemErrorText } from '../../core/system-error.ts';
import type { Inventory } from './inventory.ts';
import { readTree } from './tree.ts';

/** A program may print many megabytes: the fast parser reads it, and a place is a path. Throws LockstepError `usage`. */
export function parseJsonInventory(text: string, file: string): Inventory {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new LockstepError('usage', `${file}: it is no JSON: ${systemErrorText(error)}`);
  }
  return readTree(data, (path, key) => [file, ...path, ...(key === undefined ? [] : [key])].join(': '));
}
