/** What follows when a node ends: another try, places that come free or stay taken, and whether anything more starts. Pure. */
import { isFailure, type Outcome } from '../core/outcome.ts';
import type { Task } from './parts.ts';
import type { ScheduleEffect, ScheduleEvent, ScheduleState } from './schedule-state.ts';
import { leaveSlots } from './threads.ts';
import { giveBack } from './turns.ts';
import { endAllFor } from './work.ts';

/** For a node that was started. */
export function takeEnded(
  state: ScheduleState,
  task: Task,
  { outcome, hasLeash = false }: Extract<ScheduleEvent, { readonly type: 'ended' }>,
): ScheduleEffect[] {
  state.workingCount -= 1;
  if (mayTryAgain(state, task, outcome)) return tryAgain(state, task);
  if (outcome.kind === 'lost' && !task.hasLeft) task.mayStillRun = true;
  const effects = end(state, task, outcome, 'failed');
  const isInTheWay = state.openCount > 0 && task.held.length + task.slots.length > 0;
  if (!hasLeash || !task.mayStillRun || !isInTheWay) return effects;
  state.leashed.add(task);
  return [...effects, { type: 'leash', node: task.node }];
}

/** The node has ended by itself what was lost there: from now on it is down like any that failed. */
export function takeLeashOver(state: ScheduleState, task: Task): ScheduleEffect[] {
  if (!state.leashed.delete(task)) return [];
  task.mayStillRun = false;
  giveBack(
    state,
    task,
    task.held.filter((at) => isReleased(state, at)),
  );
  return leaveSlots(state, task);
}

/** For a node whose turn has not come, or not come again: it is down, and from now on takes its places as such. */
export function takeLost(state: ScheduleState, task: Task, outcome: Outcome): ScheduleEffect[] {
  if (task.status === 'delayed') state.delayedCount -= 1;
  state.due.delete(task);
  const missing = task.ownQueue.limits.filter((limit) => !task.held.includes(limit));
  state.budgets.occupy(missing);
  task.held = [...task.held, ...missing];
  return end(state, task, outcome, state.rollout.unreachable === 'skip' ? 'passed' : 'failed');
}

/** `otherwise`: how it ends where that is not well. */
function end(
  state: ScheduleState,
  task: Task,
  outcome: Outcome,
  otherwise: 'failed' | 'passed',
): ScheduleEffect[] {
  const { rules, stop } = state;
  const isFirst = rules.isFailFast && isFailure(outcome) && stop?.kind !== 'fail-fast';
  if (isFirst) state.stop = { kind: 'fail-fast', first: task.node };
  const effects = settle(state, task, outcome.kind === 'ok' ? 'ok' : otherwise);
  return isFirst ? [...endAllFor(state, task.node), ...effects] : effects;
}

/** For a node that is out of reach, or was down before. It takes its places before anyone starts. */
export function takeAbsent(state: ScheduleState, task: Task): ScheduleEffect[] {
  state.budgets.occupy(task.queue.limits);
  task.held = task.queue.limits;
  return settle(state, task, state.rollout.unreachable === 'skip' && !task.wasDown ? 'passed' : 'failed');
}

/** The task is over. */
export function settle(state: ScheduleState, task: Task, end: 'ok' | 'failed' | 'passed'): ScheduleEffect[] {
  state.openCount -= 1;
  task.status = 'over';
  task.end = end;
  task.queue = task.ownQueue;
  state.again.delete(task);
  if (end === 'failed') countFailure(state, task);
  const isKept = (at: number) => task.mayStillRun || (end === 'failed' && !isReleased(state, at));
  giveBack(
    state,
    task,
    task.held.filter((at) => !isKept(at)),
  );
  for (const at of task.held) state.limits[at]?.failed.add(task);
  return leaveSlots(state, task);
}

/** Whether a node that failed gives its place back. */
export function isReleased({ limits, rollout }: ScheduleState, limit: number): boolean {
  return (limits[limit]?.rules.onFailure ?? rollout.onFailure) === 'release';
}

/** Decides by the failures so far. Whatever --fail-fast has ended stays ended. */
export function decideStop(state: ScheduleState): void {
  const { failedCount, firstFailed, stop } = state;
  const { onFailure, maxFailures } = state.rollout;
  if (stop?.kind === 'fail-fast') return;
  if (onFailure === 'stop' && failedCount > 0) state.stop = { kind: 'stop', first: firstFailed };
  else if (maxFailures !== undefined && failedCount >= maxFailures)
    state.stop = { kind: 'max-failures', failed: failedCount };
  else state.stop = undefined;
}

function countFailure(state: ScheduleState, task: Task): void {
  state.failedCount += 1;
  if (state.failedCount === 1) state.firstFailed = task.node;
  decideStop(state);
}

/** Whether a node that ended like this starts again by itself. A command that was lost or given up may still run. */
export function mayTryAgain(
  { rollout: { retry }, stop, isHalted }: ScheduleState,
  { status, retries }: Task,
  outcome: Outcome,
): boolean {
  if (retry === undefined || retries >= retry.times || stop !== undefined || isHalted) return false;
  return isFailure(outcome) && outcome.kind !== 'lost' && status !== 'given-up';
}

function tryAgain(state: ScheduleState, task: Task): ScheduleEffect[] {
  const { times, delayMs } = state.rollout.retry ?? { times: 0, delayMs: 0 };
  task.status = 'delayed';
  task.retries += 1;
  state.delayedCount += 1;
  return [{ type: 'retry', node: task.node, afterMs: delayMs, triesLeft: times - task.retries }];
}
