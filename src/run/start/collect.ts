/** Finds the files to send, before anything is connected. */
import { isAbsolute } from 'node:path';
import type { Tell } from '../../core/events.ts';
import { currentDirectory } from '../../core/surroundings.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { WorkOf, WorkRequest } from '../request/request.ts';
import { namesFiles } from '../request/work.ts';
import type { Surroundings } from '../surroundings.ts';

/** Resolves to undefined if the run sends no files. */
export async function collect(work: WorkRequest, here: Here): Promise<Collection | undefined> {
  if ((work.mode !== 'upload' && work.mode !== 'sync') || !namesFiles(work)) return undefined;
  here.expect('files');
  const collection = await find(work, here);
  if (!work.keepsXattrs) return collection;
  const { withXattrs } = await import('../../transfer/xattrs/read-xattrs.ts');
  if (work.look !== undefined) here.tell({ type: 'log', level: 'warn', message: NOT_COMPARED });
  return withXattrs(collection);
}

const NOT_COMPARED = 'xattrs and ACLs are not compared: files that have some here are sent in any case';

type Here = Pick<Surroundings, 'expect' | 'stdin' | 'directory'> & { readonly tell: Tell };

async function find(work: WorkOf<'upload' | 'sync'>, here: Here): Promise<Collection> {
  const { readChoice, readNames } = await import('./choice.ts');
  const listed = work.filesFrom === undefined ? [] : await readNames(work.filesFrom, here);
  const words = [...work.files, ...listed];
  const choice = await readChoice(work, here);
  const { collectFiles } = await import('../../transfer/collect.ts');
  if (work.mode === 'upload' && work.isRelease && !work.areRelative)
    return (await import('../../transfer/collect-top.ts')).collectTop(words[0] ?? '', choice);
  const countsFromTop = choice === undefined && words.every((word) => isAbsolute(word));
  const cwd = countsFromTop ? '/' : (here.directory ?? currentDirectory());
  return collectFiles({ words, relative: work.areRelative, cwd, ...(choice && { choice }) });
}
