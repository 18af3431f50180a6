/** How jobs ended, as the end of a run: a site counts as a node of its name. Pure. */
import { EXIT, LockstepError } from '../core/errors.ts';
import type { RunEnd } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome, Outcome } from '../core/outcome.ts';
import type { JobOutcome, ScheduleOutcome } from '../jobs/job-types.ts';
import { grouped } from '../jobs/schedules/plan-rules.ts';

export function nodeOf(site: string): Node {
  return { id: `[${site}]`, user: '', host: site, port: 0, given: site };
}

/** `failure`: what ended the schedule before its own end, or kept it from beginning. */
export function endOf(ended: ScheduleOutcome | undefined, failure: LockstepError | undefined): RunEnd {
  const jobs = ended?.outcomes ?? [];
  const cause = failure ?? failureOf(jobs);
  const outcomes = [...grouped(jobs, ({ site }) => site)].map(
    ([site, own]): NodeOutcome => ({ node: nodeOf(site), outcome: outcomeOf(own, failure) }),
  );
  const exitCode = cause?.exitCode ?? EXIT.ok;
  const nothing = { files: undefined, success: undefined, stuck: [], isOrderly: false };
  return { exitCode, outcomes, failure: cause, ...nothing };
}

function outcomeOf(jobs: readonly JobOutcome[], failure: LockstepError | undefined): Outcome {
  const errors = jobs.flatMap(({ actions }) => actions).flatMap((action) => action.errors);
  if (errors.some((error) => error !== failure)) return { kind: 'exit', code: 1 };
  if (errors.length > 0) return endedBy(failure);
  const skipped = jobs.find(({ outcome }) => outcome === 'skipped');
  if (skipped === undefined) return { kind: 'ok' };
  const hasRun = jobs.some(({ outcome }) => outcome !== 'skipped');
  const reason = `as job ${skipped.job} was not begun, ${skipped.reason ?? ''}`;
  return { kind: hasRun ? 'ended' : 'skipped', reason };
}

/** A host whose lock is lost tells nothing of its work, and its sites are not known apart from others here. */
function endedBy(failure: LockstepError | undefined): Outcome {
  if (failure?.code !== 'lock-lost' && failure?.code !== 'session-gone')
    return { kind: 'ended', reason: 'its work was ended with the run', follows: true };
  return { kind: 'lost', reason: 'a lock was lost while it worked', follows: true };
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
  const left = skipped === 0 ? '' : `, and ${skipped} ${skipped === 1 ? 'job was' : 'jobs were'} not begun`;
  return new LockstepError(
    'job-failed',
    `${causes.length} ${causes.length === 1 ? 'action has' : 'actions have'} failed${left}`,
    { causes },
  );
}
