/** Tells of jobs as the events of a run; their journal has the stack of an action that failed, and the times of sites. */
import type { ControlEvent, Listener, LogLevel, Teller } from '../core/events.ts';
import { JOBS_LIMITS } from '../core/limits/jobs.ts';
import type { Node } from '../core/node.ts';
import type { JobEvent, ScheduleOutcome } from '../jobs/job-types.ts';
import { lineOf } from '../jobs/tell/tell-text.ts';
import type { RunIdentity } from '../run/start/identity.ts';
import { nodeOf } from './job-end.ts';

export interface JobListeners {
  readonly teller: Teller;
  readonly journal: Listener | undefined;
  readonly identity: Pick<RunIdentity, 'run' | 'who'>;
}

export interface JobsTeller {
  readonly hear: (event: JobEvent) => void | Promise<void>;
  /** How the first schedule has ended, also where it was ended before its own end. */
  ended(): ScheduleOutcome | undefined;
}

export function tellerOfJobs({ teller, journal, identity }: JobListeners): JobsTeller {
  // Schedules that actions start belong to the first one.
  let [first, ended]: [string | undefined, ScheduleOutcome | undefined] = [undefined, undefined];
  const log = (level: LogLevel, event: JobEvent) => {
    const message = lineOf(event);
    if (message !== undefined) teller.tell({ type: 'log', level, message });
  };
  const note = noterOf({ journal, identity });
  const noteStack = stackNoterOf({ journal, identity });
  const hear = (event: JobEvent) => {
    switch (event.type) {
      case 'output': {
        const { stream, chunk, of, endsLine } = event;
        const output = { type: 'output', node: nodeOf(of.site), stream, chunk: Buffer.from(chunk) } as const;
        return teller.output(endsLine === true ? { ...output, endsLine } : output);
      }
      case 'schedule-begun': {
        if (first !== undefined) return log('info', event);
        first = event.id;
        teller.tell({ type: 'nodes', nodes: event.sites.map(nodeOf) });
        teller.tell({ type: 'begun', ...identity });
        note({ type: 'phase', phase: 'exec', nodes: event.sites.length });
        return log('info', event);
      }
      case 'action-begun':
        note({ type: 'node-begun', phase: 'exec', node: nodeOf(event.of.site) });
        return log('debug', event);
      case 'action-ended': {
        const { of, outcome } = event;
        const node = nodeOf(of.site);
        log(outcome.outcome === 'ok' ? 'debug' : 'error', event);
        for (const error of outcome.errors) noteStack(error, node);
        note({ type: 'node-done', phase: 'exec', node });
        return teller.tell({ type: 'output-end', node });
      }
      case 'schedule-ended':
        if (event.outcome.id === first) ended = event.outcome;
        return log('info', event);
      case 'report':
        return log('info', event);
      case 'skip':
      case 'warning':
        return log('warn', event);
      default:
        return log('debug', event);
    }
  };
  return { hear, ended: () => ended };
}

/** Notes the stack of an error in the journal alone, line by line. */
export function stackNoterOf(of: Omit<JobListeners, 'teller'>): (error: Error, node?: Node) => void {
  const note = noterOf(of);
  return ({ stack = '' }, node) => {
    for (const message of stack.slice(0, JOBS_LIMITS.debugCharsMax).split('\n'))
      note({ type: 'log', level: 'error', node, message });
  };
}

function noterOf({ journal, identity }: Omit<JobListeners, 'teller'>): (event: ControlEvent) => void {
  return (event) => journal?.tell({ at: Date.now(), run: identity.run, ...event });
}
