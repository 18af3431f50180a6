/** What the paths of a transfer name, in rsync's reading: `dir/` is its contents, any other path keeps its last name. Pure. */
import { basename, dirname } from 'node:path/posix';
import { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Transfer } from '../types.ts';

/** Names in one directory; `.` is the contents of the directory itself. */
export interface PathGroup {
  readonly directory: string;
  readonly names: readonly string[];
}

/** Throws LockstepError `usage` when two of them would have the same place, or one has no valid name. */
export function groupsOf(
  { kind, paths }: Pick<Transfer, 'kind' | 'paths'>,
  absolute: (path: string) => string,
): PathGroup[] {
  const refuse = (why: string, hint?: string) => new LockstepError('usage', `${kind}: ${why}`, { hint });
  if (paths.length === 0) throw refuse('no paths are named');
  const found = new Map<string, Set<string>>();
  const owners = new Map<string, string>();
  for (const path of paths) {
    const isContents = /(?:^|\/)\.?$/.test(path);
    const whole = absolute(path).replace(/(?<=.)\/+$/, '');
    const [directory, name] = isContents ? [whole, '.'] : [dirname(whole), basename(whole)];
    if (name === '' || name === '..') throw refuse(`${quoteInput(path)} has no name`, 'name what is meant');
    const owner = owners.get(name) ?? directory;
    if (kind !== 'upload' && owner !== directory)
      throw refuse(
        `two of these would be ${quoteInput(name)} there`,
        'they go one after the other, to places of their own',
      );
    owners.set(name, owner);
    found.set(directory, (found.get(directory) ?? new Set()).add(name));
  }
  if (kind === 'download' && owners.has('.'))
    throw refuse('a directory of the site is named without a slash behind it');
  if (kind === 'mirror' && owners.has('.') && owners.size > 1)
    throw refuse('the contents of a directory are mirrored alone, since all else there is deleted');
  return [...found].map(([directory, names]) => ({ directory, names: [...names] }));
}
