/** Collects one directory for a release: the nodes get it under another name, so that its own attributes belong to the upload. */
import { readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path/posix';
import { currentDirectory } from '../core/surroundings.ts';
import type { Choice } from './choose/chooser.ts';
import { collectFiles } from './collect.ts';
import type { Collection } from './entry.ts';
import { entryOf, examine, onSource } from './examine.ts';
import { refusal } from './names.ts';

/** `word`: as the user wrote it. A symbolic link is followed only where a slash stands behind it. */
export async function collectTop(word: string, choice: Choice | undefined): Promise<Collection> {
  const path = isAbsolute(word) ? word : join(currentDirectory(), word);
  const source = /\/\.?$/.test(path) ? `${path.replace(/\/+\.?$/, '')}/.` : path;
  const found = examine({ member: '.', source });
  if (!found?.stats.isDirectory())
    throw refusal(word, 'a release is what is in a directory', 'with -e it may be any files');
  const cwd = source.replace(/\/\.$/, '') || '/';
  if (onSource(cwd, () => readdirSync(cwd)).length === 0) throw refusal(word, 'there is nothing in it');
  const collection = await collectFiles({ words: ['.'], relative: true, cwd, ...(choice && { choice }) });
  const top = entryOf(found, new Map());
  return top.type === 'directory' ? { ...collection, top } : collection;
}
