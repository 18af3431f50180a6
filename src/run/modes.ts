/** The four modes: what is done while the lock is held. */
import { LockstepError } from '../errors.ts';
import { runCommand } from './command.ts';
import { sync } from './sync.ts';
import { upload } from './upload.ts';
import type { Work } from './work.ts';

/** Rejects with the first cause; how each node ended is in `work.outcomes`. */
export async function doWork(work: Work): Promise<void> {
  const { options, outcomes, collection } = work;
  switch (options.mode) {
    case 'command':
      await runCommand(work, () => ({ text: options.words.join(' '), directory: options.root }));
      break;
    case 'upload':
      if (collection === undefined) throw new LockstepError('bug', 'an upload without files');
      await upload(work, collection, () => options.root ?? (collection.isAbsolute ? '/' : '.'));
      break;
    case 'sync':
      await sync(work);
      break;
    case 'lock':
      await holdLock(work);
      break;
    default:
      options.mode satisfies never;
  }
  const isAllWell = [...outcomes.values()].every(({ kind }) => kind === 'ok' || kind === 'refused');
  if (!isAllWell) throw new LockstepError('command-failed', 'a command failed on some node');
}

/** Scripts wait for these words. Only an interrupt or a lost lock ends it. */
async function holdLock({ emit, held }: Work): Promise<void> {
  void emit({ type: 'log', level: 'warn', message: '-L|--lock was passed, waiting for interrupt...' });
  await new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(held.signal.reason);
    if (held.signal.aborted) onAbort();
    else held.signal.addEventListener('abort', onAbort, { once: true });
  });
}
