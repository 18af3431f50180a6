/** `-S --dry-run` and `-S --audit`: looks where the files of a sync will be once its tool has put them in place. */
import type { Destination } from '../../transfer/difference/wanted.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import { fromLogin } from '../node-path.ts';
import type { WorkOf } from '../request/request.ts';
import { unknownLook } from '../start/check-look.ts';
import { surveyNodes } from '../sync/survey.ts';
import { chooseTool, type Destination as SyncDestination } from '../sync/sync-plan.ts';
import { lookFirst } from './look.ts';

export async function lookBeforeSync(
  work: HeldRun,
  {
    collection,
    asked,
    destination,
  }: { collection: Collection; asked: WorkOf<'sync'>; destination: SyncDestination },
): Promise<void> {
  await lookFirst(work, collection, asked, await placeOf(work, { collection, asked, destination }));
}

async function placeOf(
  work: HeldRun,
  {
    collection,
    asked,
    destination,
  }: { collection: Collection; asked: WorkOf<'sync'>; destination: SyncDestination },
): Promise<Destination> {
  if (destination === 'root') return { path: asked.directory ?? '.', keepsDirectories: false };
  if (destination === 'own-paths') return { path: '/', keepsDirectories: false };
  // Finds out which tool there is without making a run directory.
  const views = await surveyNodes(work, asked, 'none');
  const tool = chooseTool(asked, new Map([...views].map(([id, view]) => [id, view.tool])));
  if (tool.kind === 'installed')
    throw unknownLook('protocol-failed', `only ${tool.path} knows where it puts the files`);
  const path = fromLogin(targetOf(asked.arguments) ?? (collection.isAbsolute ? '/' : '.'));
  return { path, keepsDirectories: true };
}

/** `--to=DIR` or `--to DIR` of the tool that ships; the last one counts. */
function targetOf(words: readonly string[]): string | undefined {
  return words
    .flatMap((word, at) => {
      if (word.startsWith('--to=')) return [word.slice('--to='.length)];
      return word === '--to' ? [words[at + 1] ?? ''] : [];
    })
    .at(-1);
}
