/** The ground of a shell without a schedule: locks its host while something of the shell is at work there. */
import { LockstepError } from '../../core/errors.ts';
import { withResolvers } from '../../core/waiting.ts';
import type { Ground, Grounds, Site, Started } from '../types.ts';
import type { Locks } from './locks.ts';

export function shellGround(locks: Locks, site: Site): Ground {
  const locked = async <T>(signal: AbortSignal, work: (ground: Ground) => Promise<T>): Promise<T> => {
    const grounds: Grounds = await locks.open([site], { signal });
    try {
      return await work(grounds.of(site));
    } finally {
      await grounds.close(undefined);
    }
  };
  return {
    start(command, how) {
      const ended = new AbortController();
      const begun = withResolvers<unknown>();
      let started: Started | undefined;
      const result = locked(ended.signal, (ground) => {
        started = ground.start(command, how);
        begun.resolve(started.begun);
        return started.result;
      }).catch((thrown) => {
        if (started === undefined && ended.signal.aborted) return { code: undefined, signal: 'SIGTERM' };
        throw thrown;
      });
      const end = () => {
        if (started === undefined) ended.abort(new LockstepError('interrupted', 'the command was ended'));
        else started.end();
      };
      return { begun: begun.promise, result, end };
    },
    transfer: (what) => locked(what.signal, async (ground) => ground.transfer?.(what)),
  };
}
