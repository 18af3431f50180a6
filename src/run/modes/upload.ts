/** `-U`: puts files in place on all nodes, or on none. */
import { LockstepError } from '../../core/errors.ts';
import type { HeldMode } from './mode.ts';

export const uploadMode: HeldMode<'upload'> = {
  name: 'upload',
  option: '-U',
  synopsis: '[-r DIR] -U FILE…',
  takes: 'files',
  locks: 'exclusive',
  changesFiles: true,
  runsCommands: 'check',
  async channelsAhead({ look, isRelease, sendsAll, deletes }, collection) {
    // The survey, and the receiver of what is sent together with its question.
    const isAsked = !sendsAll || deletes;
    if (collection === undefined || isRelease || !isAsked) return 0;
    const { isSmall } = await import('../upload/is-small.ts');
    return look === undefined && isSmall(collection) ? 2 : 1;
  },
  async work(work, asked) {
    const { collection } = work;
    if (collection === undefined) throw new LockstepError('bug', 'an upload without files');
    if (asked.isRelease && asked.directory !== undefined) {
      const { switchRelease } = await import('../release/switch.ts');
      return switchRelease(work, collection, { wish: asked, directory: asked.directory });
    }
    const destination = asked.directory ?? (collection.isAbsolute ? '/' : '.');
    if (asked.look !== undefined) {
      return (await import('../look/look.ts')).lookFirst(work, collection, asked, {
        path: destination,
        keepsDirectories: false,
      });
    }
    const { upload } = await import('../upload/upload.ts');
    await upload(work, collection, asked, () => destination);
  },
};
