/** Nodes that an earlier run of a rollout left down, and that start again in this one: they keep their places until then. Pure. */
import { isReleased } from './ends.ts';
import type { Task } from './parts.ts';
import type { ScheduleState } from './schedule-state.ts';
import { giveBack } from './turns.ts';

/** Before anyone starts. A node for which there is no place waits for one as all others do. */
export function keepPlaces(state: ScheduleState, task: Task): void {
  const kept = task.queue.limits.filter((at) => !isReleased(state, at));
  if (state.budgets.take(kept) !== undefined) {
    task.queue = task.ownQueue;
    return;
  }
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
