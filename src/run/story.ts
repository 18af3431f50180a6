/** The story of a run on a transport: connect all → lock all → work while the lock is held → release. */
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import { isFailure } from '../core/outcome.ts';
import { RunLeases } from '../lock/run-leases.ts';
import { whileHeld } from '../lock/while-held.ts';
import type { Become } from '../node/become.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { Connection, Transport } from '../ssh/transport.ts';
import { claimed, type Run, recorded } from './begin.ts';
import { ChannelsAhead } from './channels-ahead.ts';
import { failureOf } from './command/command-end.ts';
import { hearLate } from './command/late-output.ts';
import type { HeldRun, Site, WorkFiles } from './held-run.ts';
import type { JoinedSession } from './joined/joined-session.ts';
import { channelsAhead, modeOf } from './modes/modes.ts';
import { successOf } from './report/success-of.ts';
import { recoverUnfinished, tellOwnUnfinished, tellRemains, tellUnfinished } from './report/unfinished.ts';
import { limitsOf } from './request/work.ts';
import { checkDeletes } from './start/check-deletes.ts';
import { closeAll, connectAll, connectError, withSpares } from './start/connect.ts';
import { tellEnding, tellGivingBack } from './start/ending.ts';
import type { RunIdentity } from './start/identity.ts';
import { leaveOut, noteRefusal, notingUnlocked } from './start/leave-out.ts';
import { leaseTiming, lockAll } from './start/lock-all.ts';
import { lookTwice } from './start/second-look.ts';
import { targetHint } from './start/target-hint.ts';
import { TakenBack } from './upload/taken-back.ts';

export interface StoryParts extends WorkFiles {
  readonly transport: Transport;
  readonly identity: RunIdentity;
  readonly become: Become | undefined;
  /** All nodes are connected, or have failed. */
  onConnected?(): void;
  /** The transport's own. */
  readonly settleNewKeys?: (() => Promise<boolean>) | undefined;
  /** The session whose lock and connections the run uses. */
  readonly joined?: JoinedSession;
  /** The simulation tells the same story with other work. */
  readonly work?: typeof doWork;
  readonly takeLocks?: typeof lockAll;
  readonly timing?: typeof leaseTiming;
}

/** Rejects with the first cause; the run has what is known of the nodes. */
export async function tellStory(run: Run, parts: StoryParts): Promise<void> {
  const { request, tell, progress, signal } = run;
  tell({ type: 'begun', run: parts.identity.run, who: parts.identity.who });
  await recorded(run);
  lookTwice(run, parts.collection);
  checkDeletes(request.work, parts.collection);
  await modeOf(request.work).prepare?.(request.work, progress.nodes, parts.collection);
  const connections = await connect(run, parts);
  try {
    const asked = request.work;
    const look = { ...run, identity: parts.identity, become: parts.become };
    const mode = modeOf(asked);
    if ('inquire' in mode) return await mode.inquire(connections, look, asked);
    const endLocking = tellGivingBack(signal, { request, tell, nodes: connections.length });
    const leases = openLeases(run, parts);
    const { identity, become, joined } = parts;
    const ahead = new ChannelsAhead(joined === undefined ? { token: identity.token, become } : undefined);
    try {
      const keepers = await takeLocks(run, parts, { leases, connections, ahead }).finally(endLocking);
      await workWhileHeld(run, parts, { leases, keepers, connections, ahead });
    } finally {
      leases.stop();
    }
  } finally {
    tell({ type: 'phase', phase: 'release', nodes: progress.nodes.length });
    await closeAll(connections);
  }
}

async function connect(
  run: Run,
  { transport, onConnected, settleNewKeys, joined }: StoryParts,
): Promise<readonly Connection[]> {
  const { request, tell, signal, outcomes } = run;
  const { nodes } = run.progress;
  tell({ type: 'phase', phase: 'connect', nodes: nodes.length });
  const { atOnce, mayLeaveOut } = request.connect;
  const { connections, failures } = await connectAll(transport, nodes, {
    atOnce,
    tell,
    signal,
    settleNewKeys,
  });
  onConnected?.();
  for (const error of failures) noteRefusal(error, outcomes);
  if (failures.length > 0 && (!mayLeaveOut || connections.length === 0)) {
    await closeAll(connections);
    throw connectError(failures, nodes.length, targetHint(failures));
  }
  leaveOut(failures, run);
  // The holder of a session itself opens spares for its connections.
  return joined === undefined ? withSpares(connections, transport, { atOnce, tell }) : connections;
}

function openLeases(run: Run, { joined, timing = leaseTiming }: StoryParts): RunLeases {
  const { request, tell, outcomes, clock, signal, progress } = run;
  return new RunLeases({
    timing: timing(request.times),
    clock,
    interrupt: signal,
    ...(joined === undefined ? {} : { openLeases: joined.openLeases }),
    onLockLost: ({ node, message }) => tell({ type: 'log', level: 'error', node, message }),
    onNodeLost: ({ node }, reason) => {
      // The first failure of a node decides how it ended.
      const known = outcomes.get(node);
      if (known === undefined || !isFailure(known)) outcomes.settle(node, { kind: 'lost', reason });
      tell({ type: 'log', level: 'error', node, message: `can't receive heartbeat: ${reason}` });
      progress.onNodeLost(node, reason);
    },
  });
}

async function takeLocks(
  run: Run,
  parts: StoryParts,
  { leases, connections, ahead }: Omit<Locked, 'keepers'>,
): Promise<HeldKeeper[]> {
  const { identity, become, joined, collection, takeLocks: take = lockAll } = parts;
  const { random } = run.here;
  const { signal } = leases;
  const locking = take(connections, {
    ...run,
    identity,
    become,
    random,
    signal,
    leases,
    joined: joined?.welcome,
    onLeftOut: (error) => leaveOut([error], run),
    ...ahead.besideKeepers(await channelsAhead(run.request.work, collection)),
  });
  return notingUnlocked(locking, run, signal);
}

interface Locked {
  readonly leases: RunLeases;
  readonly keepers: readonly HeldKeeper[];
  readonly connections: readonly Connection[];
  readonly ahead: ChannelsAhead;
}

async function workWhileHeld(
  run: Run,
  parts: StoryParts,
  { leases, keepers, connections, ahead }: Locked,
): Promise<void> {
  const { request, tell, outcomes, files, clock, signal, progress } = run;
  const { identity, joined, work: doThis = doWork } = parts;
  const hold = {
    leases,
    clock,
    interrupt: signal,
    hearLate: (keeper: HeldKeeper) => hearLate(run, limitsOf(request.work), keeper),
    onStuck: ({ node }: { node: Node }) => void run.stuck.push(node),
  };
  const isAtWork = ({ node }: HeldKeeper) => outcomes.get(node) === undefined && !progress.isWaiting(node);
  const endTelling = tellEnding(signal, {
    request,
    tell,
    nodes: () => keepers,
    atWork: () => keepers.filter(isAtWork).length || keepers.length,
    isSwitching: () => (files.atEnd()?.unknown.length ?? 0) > 0,
  });
  try {
    await whileHeld(keepers, hold, async (held) => {
      progress.hasWorkBegun = progress.rollout === undefined;
      const sites = sitesOf(keepers, connections);
      const { collection, input } = parts;
      const work: HeldRun = {
        ...run,
        identity,
        collection,
        input,
        sites,
        held,
        ahead,
        joinedPath: joined?.socketPath,
      };
      try {
        await claimed(work);
        tellUnfinished(await recoverUnfinished(work), tell);
        await doThis(work);
      } finally {
        ahead.close();
      }
    });
    // While the locks went back, something may have ended background processes of a command.
    const failure = progress.rolloutFailure ?? failureOf(outcomes.values());
    if (failure !== undefined) throw failure;
    progress.success = successOf(run, parts);
  } catch (thrown) {
    settleFiles(run, keepers);
    throw thrown instanceof TakenBack ? thrown.verdict(files) : thrown;
  } finally {
    endTelling();
    settleFiles(run, keepers);
    tellOwnUnfinished(keepers, tell);
    run.unended.push(...tellRemains(keepers, tell));
  }
}

/** By the last words of the keepers. */
function settleFiles({ files }: Run, keepers: readonly HeldKeeper[]): void {
  for (const { node, lastWords } of keepers)
    for (const { state } of lastWords.unfinished) files.settle(node, state === 'begun' ? 'unknown' : state);
}

async function doWork(work: HeldRun): Promise<void> {
  const asked = work.request.work;
  const mode = modeOf(asked);
  if (!('work' in mode)) throw new LockstepError('bug', `${mode.name} does no work on the nodes`);
  await mode.work(work, asked);
  const { outcomes, held, progress } = work;
  // A node that has had its turn keeps what it made, whatever becomes of others.
  const isKeptOn = (node: Node) => progress.rollout !== undefined && outcomes.get(node)?.kind === 'ok';
  if (failureOf(outcomes.values()) !== undefined) held.keepMade(isKeptOn);
}

function sitesOf(keepers: readonly HeldKeeper[], connections: readonly Connection[]): Site[] {
  const byId = new Map(connections.map((connection) => [connection.node.id, connection]));
  return keepers.map((keeper) => {
    const connection = byId.get(keeper.node.id);
    if (connection === undefined) throw new LockstepError('bug', 'a keeper without its connection');
    return { node: keeper.node, connection, keeper };
  });
}
