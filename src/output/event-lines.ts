/** The events of a run as JSON lines, for programs: with time and run, and nodes by id. docs/REQUESTS.md describes every field. */
import { LockstepError } from '../core/errors.ts';
import type { Listener, RunEvent, Stamped } from '../core/events.ts';
import type { LockView } from '../core/lock.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome, Outcome } from '../core/outcome.ts';
import type { Way } from '../core/way.ts';
import { differenceObject } from './report/differences.ts';
import { planObject } from './report/plan.ts';
import { openDescriptor } from './terminal/descriptor.ts';
import { WriteQueue } from './terminal/write-queue.ts';

const EVENTS_VERSION = 1;

/** An event counts as heard when it is written, or its reader is gone. */
export interface EventLines extends Listener {
  /** Why nothing more can be written. */
  broken(): Error | undefined;
}

/** `descriptor`: opened for writing by the parent process. A reader who stops holds the run back, as at a terminal. */
export function openEventLines(descriptor: number): EventLines {
  let broken: Error | undefined;
  const queue = new WriteQueue(openDescriptor(descriptor).writeSome, (error) => {
    broken = error;
  });
  const write = (event: Stamped) => {
    const stamp = { at: new Date(event.at).toISOString(), run: event.run };
    const line = { version: EVENTS_VERSION, ...stamp, ...eventObject(event), ...stamp };
    return queue.write(Buffer.from(`${JSON.stringify(line)}\n`));
  };
  return {
    tell: (event) => void write(event),
    output: write,
    heard: () => queue.whenEmpty(),
    broken: () => broken,
  };
}

/** An event as plain JSON. */
export function eventObject(event: RunEvent): Record<string, unknown> {
  switch (event.type) {
    case 'nodes':
      return {
        ...event,
        nodes: event.nodes.map(nodeObject),
      };
    case 'phase': {
      const { of, ...phase } = event;
      return of === undefined ? phase : { ...phase, of: ids(of) };
    }
    case 'output': {
      const { chunk, ...output } = event;
      const text = chunk.toString('utf8');
      const bytes = Buffer.from(text).equals(chunk) ? { text } : { base64: chunk.toString('base64') };
      return { ...output, node: event.node.id, ...bytes };
    }
    case 'node-failed':
      return { ...event, node: event.node.id, error: errorObject(event.error) };
    case 'bytes':
    case 'node-done':
    case 'node-step':
    case 'node-begun':
    case 'node-waits':
    case 'pulled':
    case 'output-end':
      return { ...event, node: event.node.id };
    case 'node-retries':
      return { ...event, node: event.node.id, outcome: detailsOf(event.outcome) };
    case 'left-out':
      return { type: event.type, errors: event.errors.map((error) => errorObject(error)) };
    case 'outcome':
      return { type: event.type, ...outcomeObject(event) };
    case 'lock-wait':
      return { ...event, blockers: event.blockers.map((one) => ({ ...one, nodes: ids(one.nodes) })) };
    case 'release':
      return { ...event, nodes: ids(event.nodes) };
    case 'difference':
      return { type: event.type, ...differenceObject(event) };
    case 'lock-status':
      return { ...event, views: event.views.map(viewObject) };
    case 'rollout':
      return {
        type: event.type,
        absent: ids(event.absent),
        down: ids(event.down),
        ...planObject(event.plan),
      };
    case 'plan':
      return { type: event.type, ...planObject(event.plan) };
    case 'list':
      return { ...event, ways: event.ways.map(wayObject) };
    case 'log': {
      const { level, node, message, causes = [] } = event;
      return {
        type: 'log',
        level,
        node: node?.id,
        message,
        causes: causes.map((cause) => causeObject(cause)),
      };
    }
    case 'finished':
      return finishedObject(event);
    default:
      return { ...event };
  }
}

function finishedObject({
  outcomes,
  failure,
  exitCode,
  files,
  success,
  stuck = [],
}: Finished): Record<string, unknown> {
  return {
    type: 'finished',
    exitCode,
    outcomes: outcomes.map(outcomeObject),
    failure: failure && errorObject(failure),
    files: files && {
      hasBegun: files.hasBegun,
      isByNode: files.isByNode,
      old: ids(files.old),
      new: ids(files.new),
      unknown: ids(files.unknown),
    },
    success,
    stuck: ids(stuck),
  };
}

type Finished = Extract<RunEvent, { readonly type: 'finished' }>;

function outcomeObject({ node, outcome }: NodeOutcome): Record<string, unknown> {
  return { node: node.id, ...detailsOf(outcome) };
}

function detailsOf(outcome: Outcome): Record<string, unknown> {
  return outcome.kind === 'refused'
    ? { kind: outcome.kind, error: errorObject(outcome.error) }
    : { ...outcome };
}

function viewObject({ node, ...view }: LockView): Record<string, unknown> {
  return { ...view, node: node.id };
}

function nodeObject({ id, user, host, port, given }: Node): Record<string, unknown> {
  return { id, user, host, port, given };
}

function wayObject({ node, jumps, ...way }: Way): Record<string, unknown> {
  return { ...nodeObject(node), ...way, jumps: ids(jumps) };
}

/** `above`: the errors that it is a cause of, so that a circle ends. */
function errorObject(error: LockstepError, above: readonly unknown[] = []): Record<string, unknown> {
  const { code, message, hint, node, step } = error;
  const path = [...above, error];
  const causes = error.causes
    .filter((cause) => !path.includes(cause))
    .map((cause) => causeObject(cause, path));
  return { code, message, hint, node: node?.id, step, causes };
}

function causeObject(cause: unknown, above: readonly unknown[] = []): unknown {
  if (cause instanceof LockstepError) return errorObject(cause, above);
  return { message: cause instanceof Error ? cause.message : String(cause) };
}

function ids(nodes: readonly Node[]): string[] {
  return nodes.map(({ id }) => id);
}
