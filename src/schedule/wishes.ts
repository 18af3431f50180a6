/** What people ask of a run at work: to halt or to go on, to try a node once more, or to go on without one. Pure. */

import type { Refusal } from '../core/wish.ts';
import { waitInPlaces } from './again.ts';
import { decideStop, settle } from './ends.ts';
import type { Task } from './parts.ts';
import type { ScheduleEffect, ScheduleState } from './schedule-state.ts';
import { enterSlots, leaveSlots } from './threads.ts';
import { giveBack, makeReady } from './turns.ts';

/** How many nodes have not begun, and may yet. */
export function waitingCount({ openCount, workingCount, delayedCount }: ScheduleState): number {
  return openCount - workingCount - delayedCount;
}

/** Nothing more starts, not even nodes that somebody retries later; told where something would have started. */
export function halt(state: ScheduleState): ScheduleEffect[] {
  if (state.isHalted) return [];
  state.isHalted = true;
  if (state.openCount === state.workingCount) return [];
  return [{ type: 'halt', running: state.workingCount, waiting: waitingCount(state) }];
}

export function resume(state: ScheduleState): ScheduleEffect[] {
  state.isHalted = false;
  return [];
}

/** Why another try, or going on without a node, changes nothing; undefined if it does. */
export function refusalOf(state: ScheduleState, wish: 'retry' | 'skip', node: string): Refusal | undefined {
  const task = state.tasks.get(node);
  return task === undefined ? 'unknown' : (wish === 'retry' ? refusalOfRetry : refusalOfSkip)(task);
}

function refusalOfRetry({ status, end, isAbsent, mayStillRun }: Task): Refusal | undefined {
  if (status === 'waiting' || status === 'ready') return 'waits';
  if (status === 'delayed') return 'tries-again';
  if (status !== 'over') return 'at-work';
  if (end === 'ok') return 'ok';
  return isAbsent ? 'out-of-reach' : mayStillRun ? 'unsure' : undefined;
}

function refusalOfSkip({ status, end, held }: Task): Refusal | undefined {
  if (status === 'waiting' || status === 'ready' || status === 'delayed') return undefined;
  if (status !== 'over') return 'at-work';
  if (end === 'ok') return 'ok';
  // A node that was given up keeps its places, even if it is no failure.
  return end === 'passed' && held.length === 0 ? 'skipped' : undefined;
}

/** For a node that is over, and not well. One that has had its turn, and is down, has kept its places, and needs no others. */
export function retry(state: ScheduleState, task: Task): ScheduleEffect[] {
  if (refusalOfRetry(task) !== undefined) return [];
  if (task.end === 'failed') state.failedCount -= 1;
  task.end = undefined;
  state.openCount += 1;
  decideStop(state);
  enterSlots(task);
  if (task.held.length > 0 && task.hasHadTurn) {
    startAnew(state, task);
    return [];
  }
  if (task.held.length > 0) waitInPlaces(state, task);
  if (task.closedCount > 0) task.status = 'waiting';
  else makeReady(state, task);
  return [];
}

/** For a node that does not run. */
export function skip(state: ScheduleState, task: Task): ScheduleEffect[] {
  if (refusalOfSkip(task) !== undefined) return [];
  const effect: ScheduleEffect = { type: 'skip', node: task.node, reason: { kind: 'asked' } };
  if (task.status === 'over') return [effect, ...passOver(state, task)];
  if (task.status === 'delayed') state.delayedCount -= 1;
  state.due.delete(task);
  return [effect, ...settle(state, task, 'passed')];
}

/** A node that failed is no longer in anybody's way. */
function passOver(state: ScheduleState, task: Task): ScheduleEffect[] {
  if (task.end === 'failed') state.failedCount -= 1;
  task.end = 'passed';
  state.leashed.delete(task);
  decideStop(state);
  giveBack(state, task);
  return leaveSlots(state, task);
}

function startAnew(state: ScheduleState, task: Task): void {
  for (const at of task.held) state.limits[at]?.failed.delete(task);
  task.status = 'delayed';
  state.delayedCount += 1;
  state.due.add(task);
}
