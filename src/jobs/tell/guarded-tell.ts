/** Guards against failures of a program's listener for its jobs. */
import { LockstepError } from '../../core/errors.ts';
import type { JobEvent } from '../job-types.ts';
import { isPromise } from './sinks.ts';

export type TellJob = (event: JobEvent) => void | Promise<void>;

/** Throws only for output, whose command its caller then ends; for any other event it calls `failed`. */
export function guardedTell(tell: TellJob, failed: (why: LockstepError) => void): TellJob {
  const broken = (thrown: unknown) => failed(untold('what happens', thrown));
  return (event) => {
    if (event.type === 'output') return tell(event);
    try {
      const heard = tell(event);
      if (isPromise(heard)) heard.then(undefined, broken);
    } catch (thrown) {
      broken(thrown);
    }
  };
}

/** The error for something that the listener did not take. */
export function untold(what: string, thrown: unknown): LockstepError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new LockstepError('output-not-written', `${what} could not be told: ${why}`, { causes: [thrown] });
}
