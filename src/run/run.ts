/** One run: takes a request, tells events, and returns how it ended. */
import { toLockstepError } from '../core/errors.ts';
import { beginRun, type Run } from './begin.ts';
import { type Ending, endingOf } from './ending.ts';
import type { RunRequest } from './request/request.ts';
import type { Surroundings } from './surroundings.ts';

/** Never rejects. Nothing of the run is left in this process when it resolves. */
export async function run(request: RunRequest, here: Surroundings): Promise<Ending> {
  const begun = beginRun(request, here);
  const failure = await tellStory(begun).then(() => undefined, toLockstepError);
  return endingOf(begun, failure);
}

/** Loads each part where it is needed: a call in a session waits for less. */
async function tellStory(begun: Run): Promise<void> {
  const sessionPath = begun.here.environment.LOCKSTEP_SESSION;
  if (sessionPath !== undefined) return (await import('./joined/join.ts')).runJoined(begun, sessionPath);
  return (await import('./alone.ts')).runAlone(begun);
}
