/** One run, from options to exit code. Everything that can go wrong ends up in the one report at its end. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { systemClock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { Emit } from '../core/events.ts';
import { LIMITS } from '../core/limits.ts';
import type { Node } from '../core/node.ts';
import { whileHeld } from '../lock/while-held.ts';
import type { Keeper } from '../node/keeper/keeper.ts';
import type { Connection, Transport } from '../ssh/transport.ts';
import type { Collection } from '../transfer/entry.ts';
import { readVersion } from '../version.ts';
import { holdLock } from './hold/hold.ts';
import { breakLock, tellLockStatus } from './hold/look-at-lock.ts';
import { checkProgram } from './hold/program.ts';
import type { JoinedSession } from './joined/joined-session.ts';
import { doWork } from './modes.ts';
import { type Asked, type Report, reported } from './report/reported.ts';
import { recoverUnfinished, tellRemains, tellUnfinished } from './report/unfinished.ts';
import type { RunRequest } from './request.ts';
import { requireTerminal } from './start/confirm.ts';
import { closeAll, connectAll, connectError, notConnected } from './start/connect.ts';
import { tellEnding, tellGivingBack } from './start/ending.ts';
import { createIdentity } from './start/identity.ts';
import { openInput } from './start/input.ts';
import { leaseTiming, lockAll } from './start/lock-all.ts';
import { collect, openTransport } from './start/prepare.ts';
import { resolveNodes } from './start/resolve.ts';
import { lookTwice } from './start/second-look.ts';
import { targetHint } from './start/target-hint.ts';
import type { Site } from './work.ts';
import { stdinOf } from './work-request.ts';

export function run(asked: Asked): Promise<number> {
  const { request } = asked;
  const { work } = request;
  return reported(asked, async (report) => {
    if (work.mode === 'lock-break' && !work.isConfirmed) requireTerminal();
    const prepared = await report.prepare(prepare(request, report));
    await runOn(prepared.transport, { ...prepared, request, report });
  });
}

/** All that is looked up on this machine, before any connection. */
async function prepare(request: RunRequest, report: Report) {
  const { work, targets } = request;
  if (work.mode === 'lock') checkProgram(work.program);
  const collection = await collect(work);
  const stdin = stdinOf(work);
  const input = stdin === undefined ? undefined : await openInput(stdin);
  const nodes = await resolveNodes(targets);
  const emit = await report.begin(nodes);
  const { signal } = report.interrupt;
  const opened = await openTransport(request, { nodes, emit, signal });
  return { collection, input, nodes, emit, ...opened };
}

export interface RunContext {
  readonly request: RunRequest;
  readonly nodes: readonly Node[];
  readonly collection: Collection | undefined;
  readonly input: Readable | undefined;
  readonly emit: Emit;
  readonly report: Report;
  /** Told once, when it is known which nodes are connected. */
  onConnected?(): void;
  /** The session whose lock and connections are used. */
  readonly joined?: JoinedSession;
}

/** connect all → lock all → work while held → release. */
export async function runOn(transport: Transport, context: RunContext): Promise<void> {
  const { request, nodes, emit, report, joined } = context;
  const { outcomes, files } = report;
  const asked = request.work;
  const fresh = createIdentity(new Date(), randomBytes, await readVersion());
  const identity = joined === undefined ? fresh : joined.identify(fresh);
  const signal = endOf(report, joined);
  lookTwice(context);
  const connections = await connect(transport, context);
  try {
    const place = joined?.welcome;
    const onLeftOut = (error: LockstepError) => leaveOut(error, context);
    const core = { request, identity, clock: systemClock, random: Math.random, emit, signal };
    const lock = { ...core, joined: place, onLeftOut };
    if (asked.mode === 'lock-status') return await tellLockStatus(connections, { ...lock, outcomes });
    if (asked.mode === 'lock-break') return await breakLock(connections, asked, { ...lock, outcomes });
    const endLocking = tellGivingBack(signal, { request, emit, nodes: connections.length });
    const keepers = await lockAll(connections, lock).finally(endLocking);
    const hold = {
      timing: leaseTiming(request.times),
      clock: systemClock,
      interrupt: signal,
      ...(joined === undefined ? {} : { openLeases: joined.openLeases }),
      onLockLost: ({ message }: LockstepError) => void emit({ type: 'log', level: 'error', message }),
      onStuck: ({ node }: { node: Node }) => void report.stuck.push(node),
      onNodeLost: ({ node }: { node: Node }, reason: string) => {
        outcomes.set(node.id, { kind: 'lost', reason });
        void emit({ type: 'log', level: 'error', message: `${node.id} can't receive heartbeat: ${reason}` });
      },
    };
    const hasOutcome = ({ node }: Keeper) => outcomes.has(node.id);
    const endTelling = tellEnding(signal, {
      request,
      emit,
      ending: report.ending,
      nodes: () => keepers,
      atWork: () => keepers.filter((keeper) => !hasOutcome(keeper)).length || keepers.length,
      isSwitching: () => (files.atEnd()?.unknown.length ?? 0) > 0,
    });
    try {
      await whileHeld(keepers, hold, async (held) => {
        report.onWork();
        const sites = sitesOf(keepers, connections);
        const work = { ...context, outcomes, files, identity, clock: systemClock, sites, held };
        await recoverUnfinished(work);
        tellUnfinished(keepers, emit, { exceptRun: identity.run });
        if (asked.mode !== 'lock') return doWork(work);
        const { interrupt, onProgramEnd } = report;
        const { program } = asked;
        await holdLock(work, { program, interrupt, onProgramEnd, joinedPath: joined?.socketPath });
      });
      report.onDone(context.collection);
    } finally {
      endTelling();
      for (const { node, unfinished } of keepers) {
        const own = unfinished.find(({ run }) => run === identity.run);
        if (own !== undefined) files.settle(node, own.state === 'begun' ? 'unknown' : own.state);
      }
      tellUnfinished(keepers, emit, { onlyRun: identity.run });
      tellRemains(keepers, emit);
    }
  } finally {
    void emit({ type: 'phase', phase: 'release', nodes: nodes.length });
    await closeAll(connections);
  }
}

async function connect(transport: Transport, context: RunContext): Promise<readonly Connection[]> {
  const { request, nodes, emit, report, joined } = context;
  const signal = endOf(report, joined);
  const { outcomes } = report;
  void emit({ type: 'phase', phase: 'connect', nodes: nodes.length });
  const { connections, failures } = await connectAll(transport, nodes, {
    atOnce: request.connect.atOnce,
    emit,
    signal,
  });
  context.onConnected?.();
  for (const error of failures) noteRefusal(error, outcomes);
  if (failures.length > 0 && (!request.connect.mayLeaveOut || connections.length === 0)) {
    await closeAll(connections);
    throw connectError(failures, nodes.length, await targetHint(failures, process.env.HOME));
  }
  leaveAllOut(failures, context);
  return connections;
}

/** Each in a record of its own, as scripts know it; but a thousand would hide everything else. */
function leaveAllOut(failures: readonly LockstepError[], context: RunContext): void {
  if (failures.length <= LIMITS.leftOutToldMax) {
    for (const error of failures) leaveOut(error, context);
    return;
  }
  const { request, emit } = context;
  const level = request.show.quiet ? 'error' : 'warn';
  const message = `${failures.length} nodes are left out`;
  void emit({ type: 'log', level, message, causes: failures.map(notConnected) });
  for (const { node } of failures) if (node !== undefined) void emit({ type: 'left-out', node });
}

/** `-w`. Scripts look for the words of the failure in the warning itself. */
function leaveOut(error: LockstepError, { request, emit, report }: RunContext): void {
  noteRefusal(error, report.outcomes);
  // Who is left out is told with -q, too, which hides warnings.
  const level = request.show.quiet ? 'error' : 'warn';
  const id = error.node?.id ?? '';
  const why = error.code === 'unusable' ? 'it cannot be worked on' : `can't connect to address: ${id}`;
  const message = `${id} is left out: ${why}`;
  void emit({ type: 'log', level, message, brief: 'left out', causes: [error] });
  if (error.node !== undefined) void emit({ type: 'left-out', node: error.node });
}

function noteRefusal(error: LockstepError, outcomes: Report['outcomes']): void {
  if (error.node !== undefined) outcomes.set(error.node.id, { kind: 'refused', error });
}

function sitesOf(keepers: readonly Keeper[], connections: readonly Connection[]): Site[] {
  const byId = new Map(connections.map((connection) => [connection.node.id, connection]));
  return keepers.map((keeper) => {
    const connection = byId.get(keeper.node.id);
    if (connection === undefined) throw new LockstepError('bug', 'a keeper without its connection');
    return { node: keeper.node, connection, keeper };
  });
}

/** What ends a run from outside: the user, or the end of the session that it has joined. */
function endOf({ interrupt }: Report, joined: JoinedSession | undefined): AbortSignal {
  return joined === undefined ? interrupt.signal : AbortSignal.any([interrupt.signal, joined.over]);
}
