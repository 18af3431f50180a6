/** Guards against failures of a program's listener for its jobs. */
import { LockstepError } from '../../core/errors.ts';
import type { JobEvent } from '../job-types.ts';
import { isPromise } from './sinks.ts';

export type TellJob = (event: JobEvent) => void | Promise<void>;

/**
 * Throws or rejects only for output, whose command its caller then ends; for any other event it calls `failed`, and the
 * promise that it may return resolves when the event is heard.
 */
export function guardedTell(tell: TellJob, failed: (why: LockstepError) => void): TellJob {
  const broken = (thrown: unknown) => failed(untold('what happens', thrown));
  return (event) => {
    if (event.type === 'output') return tell(event);
    try {
      const heard = tell(event);
      return isPromise(heard) ? heard.then(() => {}, broken) : undefined;
    } catch (thrown) {
      broken(thrown);
      return undefined;
    }
  };
}

/** Remembers which events are not heard yet. */
export function rememberedTell(tell: TellJob): { readonly tell: TellJob; allHeard(): Promise<unknown> } {
  const unheard = new Set<Promise<void>>();
  return {
    tell(event) {
      const heard = tell(event);
      if (event.type !== 'output' && isPromise(heard)) {
        unheard.add(heard);
        heard.then(() => unheard.delete(heard));
      }
      return heard;
    },
    allHeard: () => Promise.all(unheard),
  };
}

/** The error for something that the listener did not take. */
export function untold(what: string, thrown: unknown): LockstepError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new LockstepError('output-not-written', `${what} could not be told: ${why}`, { causes: [thrown] });
}
