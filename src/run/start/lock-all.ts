/** Takes the lock of the request, and tells how that went. */

import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { type Holder, trimPath } from '../../core/lock.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { acquireAll } from '../../lock/acquire.ts';
import type { LeaseTiming } from '../../lock/lease.ts';
import { isWorthWaiting } from '../../lock/refusal.ts';
import type { RunLeases } from '../../lock/run-leases.ts';
import { tryUntil } from '../../lock/wait.ts';
import { releaseAll } from '../../lock/while-held.ts';
import type { Become } from '../../node/become.ts';
import type { HeldKeeper } from '../../node/keeper/held-keeper.ts';
import type { KeeperSettings } from '../../node/keeper/keeper-command.ts';
import { coveredKind } from '../../session/coverage.ts';
import type { Welcome } from '../../session/messages.ts';
import type { Connection } from '../../ssh/transport.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { singleLine } from '../../text/single-line.ts';
import { modeOf } from '../modes/modes.ts';
import type { LockWish, RunRequest, Times, WorkRequest } from '../request/request.ts';
import { commandText, isLook, lockPath } from '../request/work.ts';
import { type RunIdentity, utcSeconds } from './identity.ts';
import { blockersOf, refusedLock } from './refused.ts';

export interface LockContext {
  readonly request: RunRequest;
  readonly identity: RunIdentity;
  readonly become: Become | undefined;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  readonly leases: RunLeases;
  /** The session that this run is in. */
  readonly joined?: Welcome | undefined;
  /** Called when a node has opened the channel of its keeper, at the first try. */
  onSeated?(connection: Connection): void;
  /** Called when others have the lock, and the run waits for it. */
  onWaiting?(): void;
  /** From 0 up to 1. */
  random(): number;
  /** `-w`: called for a node that cannot be worked on. */
  onLeftOut(error: LockstepError): void;
}

/** Resolves to one keeper for each connection, in their order; `-w` leaves nodes out. With `--lock-wait` it tries until it succeeds. */
export async function lockAll(
  connections: readonly Connection[],
  context: LockContext,
): Promise<HeldKeeper[]> {
  const { clock, tell, signal } = context;
  const { waitMs: limitMs, kind } = context.request.lock;
  tell({ type: 'phase', phase: 'lock', nodes: connections.length });
  let hasWaited = false;
  const keepers = await tryUntil((isFirst) => tryOnce(connections, context, isFirst), {
    clock,
    random: context.random,
    limitMs,
    backoff: { baseMs: LIMITS.lockRetryMs, ceilingMs: LIMITS.lockRetryMsMax },
    signal,
    onWaiting: (refusal, waitedMs) => {
      hasWaited = true;
      context.onWaiting?.();
      tell({ type: 'lock-wait', waitedMs, limitMs, blockers: blockersOf(refusal) });
    },
  }).catch(async (thrown) => {
    if (signal.aborted || !(thrown instanceof LockstepError) || !isWorthWaiting(thrown)) throw thrown;
    const lock = { settings: keeperSettings(context), clock, limitMs };
    throw await unlessAborted(signal, refusedLock(thrown, connections, lock));
  });
  if (hasWaited) {
    tell({ type: 'phase', phase: 'lock', nodes: connections.length });
    for (const { node } of keepers) tell({ type: 'node-done', phase: 'lock', node });
  }
  const done = kind === 'none' ? 'connection established to' : 'global lock acquired on';
  tell({ type: 'log', level: 'debug', message: `${done} ${countNodes(keepers.length)}` });
  return keepers;
}

function tryOnce(
  connections: readonly Connection[],
  context: LockContext,
  opensAhead: boolean,
): Promise<HeldKeeper[]> {
  const { request, clock, tell, signal } = context;
  const { mayGoWithout } = request.lock;
  const settings = keeperSettings(context);
  return acquireAll(connections, {
    settings,
    clock,
    isRefusalTolerated: mayGoWithout,
    opensAhead,
    onSeated: opensAhead ? context.onSeated?.bind(context) : undefined,
    onLeftOut: request.connect.mayLeaveOut ? context.onLeftOut : undefined,
    signal,
    leases: context.leases,
    onAsked: (node) => tell({ type: 'node-begun', phase: 'lock', node }),
    onAcquired: ({ node }) => {
      tell({ type: 'node-done', phase: 'lock', node, lockPath: settings.record.lockPath });
    },
    onRefused: (error) => {
      if (error.node === undefined) return;
      tell({ type: 'node-failed', phase: 'lock', node: error.node, error });
      // -q hides warnings, and work without a lock must never be silent.
      const level = request.show.quiet ? 'error' : 'warn';
      if (mayGoWithout) tell({ type: 'log', level, node: error.node, message: error.message });
    },
    release: (taken) => releaseAll(taken, { kind: 'unused' }, { clock }),
  });
}

export function leaseTiming({ heartbeatMs, sendTimeoutMs, leaseMs }: Times): LeaseTiming {
  const { leaseSlackMs, clockJumpMs } = LIMITS;
  return {
    heartbeatMs,
    answerMs: Math.min(heartbeatMs, sendTimeoutMs),
    leaseMs,
    slackMs: leaseSlackMs,
    clockJumpMs,
  };
}

/** Each try makes its own, since "since" is the time at which the lock was taken. */
function keeperSettings({ request, identity, become, clock, joined }: LockContext): KeeperSettings {
  const { lock, times, work } = request;
  const { token, ...names } = identity;
  const { kind, makes, ...way } = isLook(work) ? lookingLock(lock) : lock;
  const record = {
    ...names,
    since: utcSeconds(new Date(clock.wallMs())),
    lockPath: lockPath(request),
    reason: singleLine(lock.reason, LIMITS.holderTextCharsMax),
    command: singleLine(describeCommand(work), LIMITS.holderTextCharsMax),
    kind,
  };
  const covered = joined && joinedLock(joined, lock);
  return {
    ...way,
    ...times,
    makes: covered === undefined ? makes : 'none',
    become,
    token,
    record: { ...record, ...covered },
  };
}

/** A run that only looks keeps others from changing what it sees. It makes no lock path: nobody can hold a missing one. */
function lookingLock(lock: LockWish) {
  const kind = lock.kind === 'none' ? ('none' as const) : ('shared' as const);
  return { ...lock, kind, makes: lock.makes === 'none' ? ('none' as const) : ('above' as const) };
}

/** A call takes no lock if its session already holds that path; it locks any other path itself. */
function joinedLock(
  joined: Welcome,
  { path, kind: wanted }: LockWish,
): Pick<Holder, 'kind' | 'lockPath'> | undefined {
  const isNamed = wanted !== 'none' && path !== undefined;
  const kind = coveredKind(joined, isNamed ? trimPath(path) : undefined);
  return kind && { kind, lockPath: joined.lockPath };
}

/** Returns only the first word, since every user of the node can read it and arguments may be private. */
function describeCommand(work: WorkRequest): string {
  const word = commandText(work).trim().split(/\s/)[0] ?? '';
  return `${modeOf(work).option} ${word}`.trim();
}
