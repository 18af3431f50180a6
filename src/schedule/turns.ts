/** Whose turn it is: nodes that wait only for places start in order, as long as the limits have some. Pure. */
import type { Reason } from '../core/turn.ts';
import { Heap } from './heap.ts';
import type { LimitState, Queue, Task } from './parts.ts';
import { limitReason } from './reasons.ts';
import type { ScheduleEffect, ScheduleState } from './schedule-state.ts';

/** Starts all that may start, and tells newly ready nodes why they do not. */
export function startReady(state: ScheduleState): ScheduleEffect[] {
  const { awake: woken, due, isHalted, stop } = state;
  if (isHalted || stop !== undefined || woken.size + due.size + state.fresh.length === 0) return [];
  const effects: ScheduleEffect[] = [];
  for (const task of due) {
    const missing = task.queue.limits.filter((limit) => !task.held.includes(limit));
    if (state.budgets.take(missing) === undefined) effects.push(start(state, task));
  }
  const awake = new Heap<Queue>(({ ready }) => ready.first()?.at ?? Number.POSITIVE_INFINITY);
  for (const queue of woken) if (firstReady(queue) !== undefined) awake.push(queue);
  woken.clear();
  for (let queue = awake.pop(); queue !== undefined; queue = awake.pop()) {
    const task = firstReady(queue);
    if (task === undefined) continue;
    const full = state.budgets.take(queue.takes);
    if (full === undefined) {
      queue.ready.pop();
      effects.push(start(state, task));
      if (firstReady(queue) !== undefined) awake.push(queue);
    } else {
      park(queue, state.limits[full]);
    }
  }
  return [...effects, ...tellWaiting(state)];
}

/** Its limits may let it start. */
export function makeReady(state: ScheduleState, task: Task): void {
  task.status = 'ready';
  state.fresh.push(task);
  task.queue.ready.push(task);
  if (task.queue.parkedAt === undefined) state.awake.add(task.queue);
}

/** Gives back its places in these limits, and wakes the queues that wait for them. */
export function giveBack(state: ScheduleState, task: Task, places = task.held): void {
  state.budgets.giveBack(places);
  task.held = task.held.filter((at) => !places.includes(at));
  for (const at of places) {
    const limit = state.limits[at];
    if (limit === undefined) continue;
    limit.failed.delete(task);
    for (const queue of limit.parked) {
      queue.parkedAt = undefined;
      state.awake.add(queue);
    }
    limit.parked.clear();
  }
}

/** Passes over tasks skipped meanwhile, and those that let go of their places: they wait in another queue. */
function firstReady(queue: Queue): Task | undefined {
  const { ready } = queue;
  for (let task = ready.first(); task !== undefined; task = ready.first()) {
    if (task.status === 'ready' && task.queue === queue) return task;
    ready.pop();
  }
  return undefined;
}

function start(state: ScheduleState, task: Task): ScheduleEffect {
  if (task.status === 'delayed') state.delayedCount -= 1;
  state.due.delete(task);
  if (state.again.delete(task)) for (const at of task.held) state.limits[at]?.failed.delete(task);
  task.held = task.queue.limits;
  task.queue = task.ownQueue;
  task.status = 'started';
  task.hasHadTurn = true;
  task.hasLeft = false;
  state.workingCount += 1;
  return { type: 'start', node: task.node };
}

function park(queue: Queue, limit: LimitState | undefined): void {
  queue.parkedAt = limit;
  limit?.parked.add(queue);
}

/** Many wait for the same thing, which is put into words once. */
function tellWaiting(state: ScheduleState): ScheduleEffect[] {
  const { fresh } = state;
  state.fresh = [];
  const reasons = new Map<LimitState, Reason>();
  return fresh.flatMap(({ status, node, queue: { parkedAt } }): ScheduleEffect[] => {
    if (status !== 'ready' || parkedAt === undefined) return [];
    const reason = reasons.get(parkedAt) ?? limitReason(state, parkedAt);
    reasons.set(parkedAt, reason);
    return [{ type: 'wait', node, reason }];
  });
}
