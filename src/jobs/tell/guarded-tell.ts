/** What a program has said shall hear of its jobs may fail. */
import { LockstepError } from '../../core/errors.ts';
import type { JobEvent } from '../job-types.ts';
import { isPromise } from './sinks.ts';

export type TellJob = (event: JobEvent) => void | Promise<void>;

/** Throws nothing but for output, whose command is ended by whoever passes it on; of anything else `failed` is told. */
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

/** `what` could not be passed on. */
export function untold(what: string, thrown: unknown): LockstepError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new LockstepError('output-not-written', `${what} could not be told: ${why}`, { causes: [thrown] });
}
