/** Jobs of a file in this process, whose terminal and signals are its own. */
import { systemClock } from '../core/clock.ts';
import { EXIT, LockstepError, toLockstepError } from '../core/errors.ts';
import type { LogLevel } from '../core/events.ts';
import { unlessAborted } from '../core/waiting.ts';
import { fleetFor } from '../jobs/fleet.ts';
import type { Fleet } from '../jobs/fleet-options.ts';
import { type ImportFile, loadJobs } from '../jobs/job-file.ts';
import type { Mode, ScheduleOptions } from '../jobs/job-types.ts';
import { someNames } from '../jobs/names.ts';
import { type Plan, planOf } from '../jobs/schedules/plan.ts';
import { readOptions } from '../jobs/schedules/read-options.ts';
import { listText, planText } from '../jobs/schedules/tell-plan.ts';
import { findTargets } from '../jobs/sites/find-targets.ts';
import { Audience } from '../output/audience.ts';
import { openEventLines } from '../output/event-lines.ts';
import type { JobCall } from '../run/request/job-call.ts';
import type { RunRequest } from '../run/request/request.ts';
import { namesTargets } from '../run/request/work.ts';
import { createIdentity } from '../run/start/identity.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { endOf } from './job-end.ts';
import { openJobsJournal } from './open-journal.ts';
import { watchSignals } from './signals.ts';
import { hearStrays } from './strays.ts';
import { surroundingsOf } from './surroundings.ts';
import { stackNoterOf, tellerOfJobs } from './tell-jobs.ts';

/** Resolves with the exit code, or with a text if the user asks only for that. Never rejects. */
export async function jobHere(call: JobCall, importFile: ImportFile): Promise<number | string> {
  const { request, eventsTo, names } = call;
  const interrupt = watchSignals({
    leave: () => audience.leave(),
    tellAtWork: () => audience.tellAtWork(),
    leaveLine: () => audience.leaveLine(),
  });
  const log = (level: LogLevel, message: string) => audience.teller.tell({ type: 'log', level, message });
  const journal = openJobsJournal(request, log, names);
  const audience = new Audience({
    ...request.show,
    events: eventsTo === undefined ? undefined : openEventLines(eventsTo),
    journal,
    ...{ environment: process.env, signal: interrupt.signal },
    clock: { now: () => new Date(), monotonicMs: systemClock.monotonicMs },
    onBroken: interrupt.trigger,
  });
  for (const message of call.remarks) log('warn', message);
  const { teller } = audience;
  const here = surroundingsOf(teller, interrupt);
  const hear = (event: { readonly type: string }) => {
    if (event.type === 'log' || event.type === 'lock-wait') teller.tell(event as never);
  };
  const listeners = { teller, journal, identity: await createIdentity(here) };
  const jobsTeller = tellerOfJobs(listeners);
  const stopHearing = hearStrays({ interrupt, log, noteStack: stackNoterOf(listeners) });
  const options = { signal: interrupt.signal, askPassword: here.ask?.secret, onEvent: jobsTeller.hear };
  const fleet = fleetFor(withoutLists(request), options, hear);
  let [text, failure]: [string | undefined, LockstepError | undefined] = [undefined, undefined];
  try {
    text = await work(call, { fleet, here, importFile });
  } catch (thrown) {
    failure = toLockstepError(thrown);
  }
  await fleet.close();
  const exitCode = await audience.close(endOf(jobsTeller.ended(), failure));
  stopHearing();
  interrupt.stop();
  return text === undefined || exitCode !== EXIT.ok ? exitCode : text;
}

/** Targets can be read only once, and are sites by now. */
function withoutLists(request: RunRequest): RunRequest {
  const { user, inventory } = request.targets;
  return { ...request, targets: { hosts: [], areOnStdin: false, user, inventory } };
}

interface Parts {
  readonly fleet: Fleet;
  readonly here: Surroundings;
  readonly importFile: ImportFile;
}

/** Resolves with a text if the user asks only for that. */
async function work(call: JobCall, { fleet, here, importFile }: Parts): Promise<string | undefined> {
  const { file, names, roles, mode, breaksOnError, request, isListed, isPlan } = call;
  if (namesTargets(request.targets))
    for (const { name, roles: own, host } of await findTargets(request, here))
      fleet.sites.add(name, own, { host });
  // The file may never finish loading.
  await unlessAborted(here.signal, loadJobs(file, fleet, importFile));
  if (isListed) return listText(fleet);
  const options: ScheduleOptions = {
    ...(roles.length === 0 ? {} : { roles }),
    ...(mode === undefined ? {} : { mode: mode as Mode }),
    ...(breaksOnError ? { breakOnError: true } : {}),
  };
  const plan = planOf(names, readOptions(options, 'site-sequential'), fleet);
  refuseNothing(plan);
  if (isPlan) return planText(plan);
  await fleet.run([...names], options);
  return undefined;
}

/** A mistyped role would look like success. */
function refuseNothing({ actionCount, idle }: Plan): void {
  if (actionCount > 0) return;
  const names = [...new Set(idle)];
  throw new LockstepError(
    'usage',
    `nothing to do: no site has the ${names.length === 1 ? 'job' : 'jobs'} ${someNames(names)}`,
    { hint: 'lockstep job --list tells the roles of jobs, and which sites have them' },
  );
}
