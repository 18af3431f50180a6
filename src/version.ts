/** The version of this lockstep, from its package.json. */
import { readFile } from 'node:fs/promises';
import { LockstepError } from './core/errors.ts';

export async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version?: unknown };
  if (typeof version !== 'string') throw new LockstepError('bug', 'package.json has no version');
  return version;
}
