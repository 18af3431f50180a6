/** Reads the files of groups: the user's, then the current directory's, whose groups win. */
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { homeDirectory } from '../../core/surroundings.ts';
import { readSmallFile } from '../../ssh/read-file.ts';
import type { Catalogue } from '../../targets/catalogue.ts';
import type { Surroundings } from '../surroundings.ts';

/** Reads those that exist. Rejects with LockstepError `usage` with file, line and column of the mistake. */
export async function readGroups(environment: Surroundings['environment']): Promise<readonly Catalogue[]> {
  const found: Catalogue[] = [];
  for (const path of groupFiles(environment)) {
    const file = await readSmallFile(path, LIMITS.groupsBytesMax);
    if (file.kind === 'missing') continue;
    if (file.kind === 'unreadable') throw new LockstepError('usage', `cannot read ${path}: ${file.reason}`);
    // Whoever may write this file decides where commands run.
    if ((file.mode & 0o002) !== 0)
      throw new LockstepError('usage', `${path} is not read: everybody may write to it`, {
        hint: `chmod o-w ${path}`,
      });
    const { parseGroups } = await import('../../targets/groups-file.ts');
    found.push(parseGroups(file.text, path));
  }
  return found;
}

function groupFiles(environment: Surroundings['environment']): string[] {
  const { XDG_CONFIG_HOME } = environment;
  const home = homeDirectory();
  const config = XDG_CONFIG_HOME?.startsWith('/')
    ? XDG_CONFIG_HOME
    : home === undefined
      ? undefined
      : join(home, '.config');
  return [...(config === undefined ? [] : [join(config, 'lockstep/groups.yaml')]), './lockstep.yaml'];
}
