/** Jobs of a file in this process, whose terminal and signals are its own. A site is told of as a node of its name. */
import { systemClock } from '../core/clock.ts';
import { EXIT, LockstepError, toLockstepError } from '../core/errors.ts';
import type { LogLevel, RunEnd } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome, Outcome } from '../core/outcome.ts';
import { fleetFor } from '../jobs/fleet.ts';
import type { Fleet } from '../jobs/fleet-options.ts';
import { type ImportFile, loadJobs } from '../jobs/job-file.ts';
import type { BatchOutcome, JobEvent, JobOutcome, Mode, ScheduleOptions } from '../jobs/job-types.ts';
import { listText, planText } from '../jobs/tell-plan.ts';
import { lineOf } from '../jobs/tell-text.ts';
import { Audience } from '../output/audience.ts';
import type { RunRequest } from '../run/request.ts';
import { watchSignals } from './signals.ts';
import { surroundingsOf } from './surroundings.ts';

export interface JobCall {
  readonly file: string | undefined;
  readonly names: readonly string[];
  readonly roles: readonly string[];
  readonly mode: string | undefined;
  readonly isListed: boolean;
  readonly isPlan: boolean;
  readonly breaksOnError: boolean;
  readonly request: RunRequest;
  readonly remarks: readonly string[];
}

/** Resolves with the exit code, or with a text that is all that was asked for. Never rejects. */
export async function jobHere(call: JobCall, importFile: ImportFile): Promise<number | string> {
  const interrupt = watchSignals({
    leave: () => audience.leave(),
    tellAtWork: () => audience.tellAtWork(),
    leaveLine: () => audience.leaveLine(),
  });
  const audience = new Audience({
    ...call.request.show,
    ...{ events: undefined, environment: process.env, signal: interrupt.signal },
    clock: { now: () => new Date(), monotonicMs: systemClock.monotonicMs },
    onBroken: interrupt.trigger,
  });
  const log = (level: LogLevel, message: string) => audience.teller.tell({ type: 'log', level, message });
  for (const message of call.remarks) log('warn', message);
  const { ask } = surroundingsOf(audience.teller, interrupt);
  const hear = (event: { readonly type: string }) => {
    if (event.type === 'log' || event.type === 'lock-wait') audience.teller.tell(event as never);
  };
  const options = { signal: interrupt.signal, askPassword: ask?.secret, onEvent: listener(audience) };
  const fleet = fleetFor(call.request, options, hear);
  let [ended, failure]: [BatchOutcome | undefined, LockstepError | undefined] = [undefined, undefined];
  let text: string | undefined;
  try {
    const answer = await work(call, fleet, importFile);
    if (typeof answer === 'string') text = answer;
    else ended = answer;
  } catch (thrown) {
    failure = toLockstepError(thrown);
  }
  await fleet.close();
  const exitCode = await audience.close(endOf(ended, failure));
  interrupt.stop();
  return text === undefined || exitCode !== EXIT.ok ? exitCode : text;
}

async function work(call: JobCall, fleet: Fleet, importFile: ImportFile): Promise<BatchOutcome | string> {
  const { file, names, roles, mode, breaksOnError, request, isListed, isPlan } = call;
  const { hosts, inventory } = request.targets;
  if (hosts.length > 0 || inventory !== undefined) await fleet.addTargets(hosts);
  await loadJobs(file, fleet, importFile);
  if (isListed) return listText(fleet);
  const options: ScheduleOptions = {
    ...(roles.length === 0 ? {} : { roles }),
    ...(mode === undefined ? {} : { mode: mode as Mode }),
    ...(breaksOnError ? { breakOnError: true } : {}),
  };
  return isPlan ? planText(fleet, names, options) : fleet.run([...names], options);
}

function listener({ teller }: Audience): (event: JobEvent) => void | Promise<void> {
  const log = (level: LogLevel, event: JobEvent) => {
    const message = lineOf(event);
    if (message !== undefined) teller.tell({ type: 'log', level, message });
  };
  return (event) => {
    switch (event.type) {
      case 'output': {
        const { stream, chunk, of } = event;
        return teller.output({ type: 'output', node: nodeOf(of.site), stream, chunk: Buffer.from(chunk) });
      }
      case 'schedule-begun':
        teller.tell({ type: 'nodes', nodes: event.sites.map(nodeOf) });
        teller.tell({ type: 'begun', run: event.id, who: '' });
        return log('info', event);
      case 'action-ended':
        log(event.outcome.outcome === 'ok' ? 'debug' : 'error', event);
        for (const { stack } of event.outcome.errors)
          if (stack !== undefined) teller.tell({ type: 'log', level: 'debug', message: stack });
        return teller.tell({ type: 'output-end', node: nodeOf(event.of.site) });
      case 'report':
      case 'schedule-ended':
        return log('info', event);
      case 'skip':
      case 'warning':
        return log('warn', event);
      default:
        return log('debug', event);
    }
  };
}

function nodeOf(site: string): Node {
  return { id: `[${site}]`, user: '', host: site, port: 0, given: site };
}

function endOf(ended: BatchOutcome | undefined, failure: LockstepError | undefined): RunEnd {
  const jobs = ended?.schedule.outcomes ?? [];
  const cause = failure ?? failureOf(jobs);
  const sites = [...new Set(jobs.map(({ site }) => site))];
  const outcomes = sites.map((site): NodeOutcome => {
    const own = jobs.filter((job) => job.site === site);
    return { node: nodeOf(site), outcome: outcomeOf(own) };
  });
  const exitCode = cause?.exitCode ?? EXIT.ok;
  const nothing = { files: undefined, success: undefined, stuck: [], isOrderly: false };
  return { exitCode, outcomes, failure: cause, ...nothing };
}

function outcomeOf(jobs: readonly JobOutcome[]): Outcome {
  if (jobs.some(({ outcome }) => outcome === 'failed')) return { kind: 'exit', code: 1, follows: true };
  const skipped = jobs.find(({ outcome }) => outcome === 'skipped');
  if (skipped === undefined) return { kind: 'ok' };
  return { kind: 'skipped', reason: skipped.reason ?? 'it never began' };
}

function failureOf(jobs: readonly JobOutcome[]): LockstepError | undefined {
  const causes = jobs.flatMap(({ job, site, actions }) =>
    actions.flatMap(({ errors }) =>
      errors.map(
        ({ message }) => new LockstepError('job-failed', `job ${job}: ${message}`, { node: nodeOf(site) }),
      ),
    ),
  );
  const skipped = jobs.filter(({ outcome }) => outcome === 'skipped').length;
  if (causes.length === 0 && skipped === 0) return undefined;
  const left = skipped === 0 ? '' : `, and ${skipped} jobs were not begun`;
  return new LockstepError(
    'job-failed',
    `${causes.length} ${causes.length === 1 ? 'action has' : 'actions have'} failed${left}`,
    { causes },
  );
}
