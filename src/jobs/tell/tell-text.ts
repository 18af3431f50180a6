/** Words the events of jobs as lines of a log: `[k3x9ab-1-7] www1 : starting job: deploy (1/2)`. Pure. */
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { sanitiseText } from '../../text/sanitise.ts';
import { singleLine } from '../../text/single-line.ts';
import type { ActionName, JobEvent } from '../job-types.ts';

/** Undefined for an event without a line. Fit for a terminal. */
export function lineOf(event: JobEvent): string | undefined {
  const line = textOf(event);
  return line === undefined ? undefined : sanitiseText(line);
}

/** `[k3x9ab-1-7] www1`. */
export function issuerOf({ id, site }: ActionName): string {
  return `[${id}] ${site}`;
}

function textOf(event: JobEvent): string | undefined {
  switch (event.type) {
    case 'schedule-begun':
      return begunText(event);
    case 'schedule-ended':
      return endedText(event);
    case 'action-begun':
      return `${issuerOf(event.of)} : starting job: ${jobOf(event.of)}`;
    case 'action-ended':
      return actionEndedText(event);
    case 'report':
    case 'debug':
      return `${issuerOf(event.of)} : ${event.message}`;
    case 'command':
      return `${issuerOf(event.of)} : ${singleLine(event.command, JOBS_LIMITS.commandCharsMax)}`;
    case 'wait':
      return undefined;
    case 'skip':
      return `${event.site} : not done: ${event.job}, ${event.reason}`;
    case 'warning':
      return event.message;
    case 'output':
      return undefined;
    default:
      return event satisfies never;
  }
}

function jobOf({ job, fragment, fragments }: ActionName): string {
  return fragments > 1 ? `${job}(${fragment}/${fragments})` : job;
}

function actionEndedText({ of, outcome }: Extract<JobEvent, { type: 'action-ended' }>): string {
  if (outcome.outcome === 'ok') return `${issuerOf(of)} : completed job: ${jobOf(of)}`;
  const errors = outcome.errors.map(({ message }) => singleLine(message, JOBS_LIMITS.debugCharsMax));
  return `${issuerOf(of)} : failed job: ${jobOf(of)} with error: ${errors.join('; ')}`;
}

function begunText({
  id,
  name,
  mode,
  jobs,
  roles,
  sites,
  actions,
}: Extract<JobEvent, { type: 'schedule-begun' }>) {
  const called = name === undefined ? '' : `${name}: `;
  const within = roles === undefined ? '' : ` in roles ${roles.join(', ')}`;
  const work = `${count(actions, 'action')} on ${count(sites.length, 'site')}`;
  return `[${id}] : ${called}starting ${mode} schedule: ${jobs.join(', ')}${within}: ${work}`;
}

function endedText({ outcome, failure }: Extract<JobEvent, { type: 'schedule-ended' }>): string {
  const { id, name, errors } = outcome;
  const issuer = `[${id}] : ${name === undefined ? '' : `${name}: `}`;
  const how = errors === null ? 'successfully' : `with ${count(errors, 'error')}`;
  return failure === undefined
    ? `${issuer}completed ${how}`
    : `${issuer}not completed: ${singleLine(failure.message, JOBS_LIMITS.debugCharsMax)}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
