/** The files that are sent, found before anything is connected. */
import { isAbsolute } from 'node:path';
import { currentDirectory } from '../../core/surroundings.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { WorkRequest } from '../request.ts';
import type { Surroundings } from '../surroundings.ts';
import { filesOf } from '../work-request.ts';

/** Undefined where none are sent. */
export async function collect(
  work: WorkRequest,
  here: Pick<Surroundings, 'expect'>,
): Promise<Collection | undefined> {
  const words = filesOf(work);
  if (words.length === 0) return undefined;
  here.expect('files');
  const { collectFiles } = await import('../../transfer/collect.ts');
  const cwd = words.every((word) => isAbsolute(word)) ? '/' : currentDirectory();
  return collectFiles({ words, relative: 'areRelative' in work && work.areRelative, cwd });
}
