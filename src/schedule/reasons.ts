/** Why a node does not start, as data. Pure. */
import type { Reason, Some } from '../core/turn.ts';
import type { LimitState, SlotState, Task, ThreadState } from './parts.ts';
import type { ScheduleState } from './schedule-state.ts';

/** How many nodes a reason names. */
const NAMED_MAX = 5;

/** Why it has not started, at this moment; undefined for a node that has. */
export function reasonOf(state: ScheduleState, node: string): Reason | undefined {
  const task = state.tasks.get(node);
  if (task === undefined || (task.status !== 'waiting' && task.status !== 'ready')) return undefined;
  return reasonOfTask(state, task);
}

/** For a task that waits. */
export function reasonOfTask(state: ScheduleState, task: Task): Reason {
  if (state.stop !== undefined) return state.stop;
  if (state.isHalted) return { kind: 'halted' };
  const closed = firstClosed(task);
  if (closed !== undefined) return standingReason(closed.thread);
  const { parkedAt } = task.queue;
  return parkedAt === undefined ? { kind: 'halted' } : limitReason(state, parkedAt);
}

export function firstClosed({ slots }: Task): SlotState | undefined {
  return slots.find(({ isOpen }) => !isOpen);
}

/** What a slot that is not open waits for: the one before it. */
export function slotBefore({ thread, at }: SlotState): SlotState {
  return thread.slots[at - 1] as SlotState;
}

export function slotReason(slot: SlotState): Reason {
  return {
    kind: 'slot',
    thread: slot.thread.rules.name,
    slot: slot.name,
    open: someOf(slot.open),
    failed: someOf(slot.failed),
  };
}

export function limitReason({ budgets }: ScheduleState, { at, rules, failed }: LimitState): Reason {
  const running = budgets.taken(at) - failed.size;
  return { kind: 'limit', limit: rules.name, max: rules.max, running, failed: someOf(failed) };
}

/** For a node in any later slot of this thread. */
function standingReason(thread: ThreadState): Reason {
  const [slot = thread.slots[thread.current]] = thread.undone;
  if (slot === undefined || thread.isPausing)
    return { kind: 'pause', thread: thread.rules.name, slot: thread.slots[thread.current - 1]?.name ?? '' };
  return slotReason(slot);
}

function someOf(tasks: ReadonlySet<Task>): Some {
  const first: string[] = [];
  for (const { node } of tasks) {
    if (first.length === NAMED_MAX) break;
    first.push(node);
  }
  return { first, more: tasks.size - first.length };
}
