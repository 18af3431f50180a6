/** Slots one after the other: each opens when the one before it is done. Pure. */
import type { SlotState, Task, ThreadState } from './parts.ts';
import { firstClosed, slotBefore, slotReason } from './reasons.ts';
import type { ScheduleEffect, ScheduleState } from './schedule-state.ts';
import { makeReady } from './turns.ts';

export function openThreads(state: ScheduleState): ScheduleEffect[] {
  return state.threads.flatMap(({ slots }) => openSlot(state, slots[0]));
}

/** A task is over, and leaves its slots, or stays in their way if it did not end well. */
export function leaveSlots(state: ScheduleState, task: Task): ScheduleEffect[] {
  return task.slots.flatMap((slot) => {
    slot.open.delete(task);
    if (task.end === 'failed') slot.failed.add(task);
    else slot.failed.delete(task);
    if (isDone(slot)) slot.thread.undone.delete(slot);
    return advance(state, slot.thread);
  });
}

/** A task that was over runs once more. */
export function enterSlots(task: Task): void {
  for (const slot of task.slots) {
    slot.failed.delete(task);
    slot.open.add(task);
    if (slot.at < slot.thread.current) slot.thread.undone.add(slot);
  }
}

export function endPause(state: ScheduleState, thread: ThreadState | undefined): ScheduleEffect[] {
  if (thread?.isPausing !== true) return [];
  thread.isPausing = false;
  state.pausingCount -= 1;
  return advance(state, thread);
}

/** Opens the slot at work, and after each one that is done the next. */
function advance(state: ScheduleState, thread: ThreadState): ScheduleEffect[] {
  const effects: ScheduleEffect[] = [];
  while (!thread.isPausing && thread.undone.size === 0) {
    const slot = thread.slots[thread.current];
    if (slot === undefined) break;
    for (const effect of openSlot(state, slot)) effects.push(effect);
    if (!isDone(slot)) break;
    thread.current += 1;
    effects.push({
      type: 'slot-done',
      thread: thread.rules.name,
      slot: slot.name,
      nodes: slot.tasks.length,
      failed: slot.failed.size,
    });
    const next = thread.slots[thread.current];
    const { pause } = thread.rules;
    if (next !== undefined && pause !== undefined && next.open.size > 0) {
      thread.isPausing = true;
      state.pausingCount += 1;
      effects.push({
        type: 'pause',
        thread: thread.at,
        until: pause,
        name: thread.rules.name,
        slot: next.name,
      });
    }
  }
  return effects;
}

function isDone({ open, failed, thread: { rules } }: SlotState): boolean {
  if (open.size > 0) return false;
  return rules.require === 'finished'
    ? ![...failed].some(({ mayStillRun }) => mayStillRun)
    : failed.size === 0;
}

function openSlot(state: ScheduleState, slot: SlotState | undefined): ScheduleEffect[] {
  if (slot === undefined || slot.isOpen) return [];
  slot.isOpen = true;
  return slot.tasks.flatMap((task) => {
    task.closedCount -= 1;
    if (task.status !== 'waiting') return [];
    if (task.closedCount === 0) makeReady(state, task);
    else if (task.told !== undefined) return tellClosed(task);
    return [];
  });
}

/** Tells what a task waits for, once for each of its slots that is not open. */
export function tellClosed(task: Task): ScheduleEffect[] {
  const closed = task.status === 'waiting' ? firstClosed(task) : undefined;
  if (closed === undefined || task.told === closed) return [];
  task.told = closed;
  return [{ type: 'wait', node: task.node, reason: slotReason(slotBefore(closed)) }];
}
