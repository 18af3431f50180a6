/** Finds out from the lines of a journal what became of a run and each of its nodes. Pure. */
import { isRecord } from '../core/is-record.ts';
import type { RestNode } from '../core/rest.ts';
import type { Source } from '../core/sources.ts';
import type { Head } from './head.ts';
import { type EventLine, isEndKind, type Past, type PastNode, type Span } from './past-run.ts';
import { slotsOf } from './slots.ts';

/** Drops a last line that was cut anywhere, and any that is no event. */
export function parseEvents(text: string): EventLine[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.flatMap((line) => parseEvent(line) ?? []);
}

function parseEvent(line: string): EventLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || typeof value.type !== 'string') return undefined;
    return Number.isNaN(timeOf(value)) ? undefined : (value as EventLine);
  } catch {
    return undefined;
  }
}

/** `isAlive`: whether the run's process is; undefined if nobody can see it. `isWhole`: the journal has all events that it should keep. */
export function historyOf(
  head: Head,
  events: readonly EventLine[],
  isAlive: boolean | undefined,
  isWhole = true,
): Past {
  const finished = events.findLast(({ type }) => type === 'finished');
  const state = finished !== undefined ? 'over' : isAlive === false ? 'died' : 'running';
  const beganMs = Date.parse(head.at);
  const endedMs = Math.max(beganMs, ...lastTimes(finished === undefined ? events : [finished]));
  const ends = endsOf(events);
  const out = leftOutIn(events);
  const begun = isWhole ? begunTurns(head, events) : undefined;
  const spansOfNode = spansOf(events, beganMs);
  const hasWorkBegun = events.some(isWork);
  const before = new Map(head.again?.map((one) => [one.node.id, one]));
  const nodes = withRest(
    head.nodes.map((node): PastNode => {
      const noTurn = begun?.has(node.id) === false ? NO_TURN[state] : undefined;
      const end = ends.get(node.id) ?? noTurn;
      const spans = spansOfNode(node.id, endedMs, end !== undefined);
      const older = end?.kind === 'skipped' ? pastNodeOf(before.get(node.id), spans) : undefined;
      if (older !== undefined) return older;
      const isOut = end !== undefined && out.has(node.id);
      return { node, ...(end ?? UNKNOWN[state](hasWorkBegun)), ...(isOut && { isOut }), spans };
    }),
    head.rest,
  );
  return {
    head,
    state,
    exitCode: typeof finished?.exitCode === 'number' ? finished.exitCode : undefined,
    failure: messageOf(finished?.failure),
    beganMs,
    endedMs,
    nodes,
    slots: slotsOf(events, nodes),
    sources: sourcesOf(events),
  };
}

/** All nodes, in the rollout's order. */
function withRest(own: readonly PastNode[], rest: Head['rest'] = []): PastNode[] {
  const all = [...own];
  for (const one of rest.toSorted((one, other) => one.at - other.at)) {
    const node = pastNodeOf(one, []);
    if (node !== undefined) all.splice(one.at, 0, node);
  }
  return all;
}

/** As an earlier run left it. */
function pastNodeOf(left: RestNode | undefined, spans: readonly Span[]): PastNode | undefined {
  if (left === undefined || !isEndKind(left.kind)) return undefined;
  const { node, kind, detail, isOut } = left;
  return { node, kind, detail, ...(isOut && { isOut }), isOfEarlier: true, spans };
}

type End = Pick<PastNode, 'kind' | 'detail'>;

/** For nodes without a word. The last lines may not have reached the disk: work may have gone on where a journal ends. */
const UNKNOWN: Readonly<Record<Past['state'], (hasWorkBegun: boolean) => End>> = {
  over: () => ({ kind: 'lost', detail: 'the journal does not tell' }),
  running: () => ({ kind: 'running', detail: '' }),
  died: (hasWorkBegun) => ({
    kind: 'lost',
    detail: `the journal ends ${hasWorkBegun ? 'while it worked' : 'before it worked'}`,
  }),
};

/** In a rollout the journal writes that a node begins before it does. */
const NO_TURN: Readonly<Partial<Record<Past['state'], End>>> = {
  running: { kind: 'waiting', detail: 'its turn has not come' },
  died: { kind: 'skipped', detail: 'its turn had not come when the run died' },
};

/** Nodes that may have had their turn; undefined in a run without turns. */
function begunTurns({ hasTurns }: Head, events: readonly EventLine[]): ReadonlySet<string> | undefined {
  if (hasTurns !== true) return undefined;
  const begun = events.filter(({ type, phase }) => type === 'node-begun' && phase === 'exec');
  return new Set(begun.map(({ node }) => String(node)));
}

/** Their ids. */
function leftOutIn(events: readonly EventLine[]): ReadonlySet<string> {
  const errors = events.flatMap(({ type, errors: those }) =>
    type === 'left-out' && Array.isArray(those) ? those : [],
  );
  return new Set(errors.flatMap((one) => (isRecord(one) ? String(one.node) : [])));
}

/** Whether it says that work on nodes begins. */
export function isWork({ type, phase }: EventLine): boolean {
  return type === 'phase' && WORK.has(String(phase));
}

const WORK: ReadonlySet<string> = new Set(['survey', 'upload', 'commit', 'exec']);

function sourcesOf(events: readonly EventLine[]): readonly Source[] | undefined {
  const sources = events.findLast(({ type }) => type === 'sources')?.sources;
  if (!Array.isArray(sources)) return undefined;
  return sources.filter((one) => isRecord(one) && typeof one.path === 'string');
}

/** The last word on a node counts. */
function endsOf(events: readonly EventLine[]): ReadonlyMap<string, End> {
  const ends = new Map<string, End>();
  const add = (value: unknown) => {
    if (!isRecord(value) || typeof value.node !== 'string') return;
    const end = endOf(value);
    if (end !== undefined) ends.set(value.node, end);
  };
  for (const event of events) {
    if (event.type === 'outcome') add(event);
    // Counts if the run died before the next try.
    if (event.type === 'node-retries' && isRecord(event.outcome)) add({ ...event.outcome, node: event.node });
    // Another try begins.
    if (event.type === 'node-begun' && event.phase === 'exec') ends.delete(String(event.node));
    if (event.type === 'finished' && Array.isArray(event.outcomes))
      for (const one of event.outcomes) add(one);
  }
  return ends;
}

/** An outcome in the form of docs/REQUESTS.md. */
export function endOf(outcome: Readonly<Record<string, unknown>>): End | undefined {
  const { kind, code, signal, reason, error } = outcome;
  switch (kind) {
    case 'ok':
    case 'timed-out':
      return { kind, detail: '' };
    case 'exit':
      return { kind, detail: String(code) };
    case 'signal':
      return { kind, detail: String(signal) };
    case 'lost':
    case 'ended':
    case 'skipped':
      return { kind, detail: typeof reason === 'string' ? reason : '' };
    case 'refused':
      return { kind, detail: messageOf(error) ?? '' };
    default:
      return undefined;
  }
}

/** The message of an error. */
export function messageOf(error: unknown): string | undefined {
  return isRecord(error) && typeof error.message === 'string' ? error.message : undefined;
}

export function timeOf({ at }: Readonly<Record<string, unknown>>): number {
  return typeof at === 'string' ? Date.parse(at) : Number.NaN;
}

function lastTimes(events: readonly EventLine[]): number[] {
  const last = events.at(-1);
  return last === undefined ? [] : [timeOf(last)];
}

/** A part of a phase without a beginning of its own begins with the phase. */
function spansOf(events: readonly EventLine[], beganMs: number) {
  const phases = new Map<string, number>();
  const open = new Map<string, Map<string, number>>();
  const spans = new Map<string, Span[]>();
  // For all nodes, if no event says that one begins.
  let work = undefined as string | undefined;
  for (const event of events) {
    const isTry = event.type === 'node-retries';
    const [phase, node, atMs] = [isTry ? 'exec' : String(event.phase), String(event.node), timeOf(event)];
    if (event.type === 'phase') {
      phases.set(phase, atMs);
      if (WORK.has(phase)) work = phase;
    }
    if (event.type === 'node-begun') (open.get(node) ?? mapIn(open, node)).set(phase, atMs);
    if (event.type !== 'node-done' && event.type !== 'node-failed' && !isTry) continue;
    const fromMs = open.get(node)?.get(phase) ?? phases.get(phase) ?? beganMs;
    open.get(node)?.delete(phase);
    (spans.get(node) ?? listIn(spans, node)).push({ phase, fromMs, toMs: atMs });
  }
  return (node: string, endedMs: number, isAtRest: boolean): readonly Span[] => {
    const known = spans.get(node) ?? [];
    const left = [...(open.get(node) ?? [])];
    const isIdle = isAtRest || left.length > 0 || known.some(({ phase }) => phase === work);
    if (!isIdle && work !== undefined) left.push([work, phases.get(work) ?? beganMs]);
    return [...known, ...left.map(([phase, fromMs]) => ({ phase, fromMs, toMs: endedMs }))];
  };
}

function mapIn(all: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const made = new Map<string, number>();
  all.set(key, made);
  return made;
}

function listIn(all: Map<string, Span[]>, key: string): Span[] {
  const made: Span[] = [];
  all.set(key, made);
  return made;
}
