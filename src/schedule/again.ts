/** Nodes that were down before their turn, and start again: they keep their places until then. Pure. */
import { isReleased } from './ends.ts';
import { Heap } from './heap.ts';
import type { Task } from './parts.ts';
import type { ScheduleState } from './schedule-state.ts';
import { giveBack } from './turns.ts';

/** Before anyone starts, for a node that an earlier run has left down. One for which there is no place waits for one as all others do. */
export function keepPlaces(state: ScheduleState, task: Task): void {
  const kept = task.queue.limits.filter((at) => !isReleased(state, at));
  if (state.budgets.take(kept) === undefined) keep(state, task, kept);
  else task.queue = task.ownQueue;
}

/** For a node that was lost before its turn: then it had its places also where there were no more. */
export function waitInPlaces(state: ScheduleState, task: Task): void {
  const { held: kept, ownQueue } = task;
  giveBack(state, task);
  if (state.budgets.take(kept) !== undefined) return;
  const takes = ownQueue.limits.filter((at) => !kept.includes(at));
  task.queue = { limits: ownQueue.limits, takes, ready: new Heap(({ at }) => at), parkedAt: undefined };
  keep(state, task, kept);
}

function keep(state: ScheduleState, task: Task, kept: readonly number[]): void {
  task.held = kept;
  state.again.add(task);
  for (const at of kept) state.limits[at]?.failed.add(task);
}

/** When nobody else can start: a node that waits for others may keep a place that one of these needs. One at a time lets go. */
export function letGoOfPlaces(state: ScheduleState): void {
  const [task] = state.again;
  if (task === undefined) return;
  state.again.delete(task);
  giveBack(state, task);
  task.queue = task.ownQueue;
  if (task.status !== 'ready') return;
  task.queue.ready.push(task);
  state.awake.add(task.queue);
}
