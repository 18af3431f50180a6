/** The work of one node, from start to end: how long it may take, and how it is ended before its own end. Pure. */
import type { Task } from './parts.ts';
import type { Cut, ScheduleEffect, ScheduleState } from './schedule-state.ts';

/** A command's time counts from when it begins. */
export function takeBegan({ rules: { timeoutMs } }: ScheduleState, task: Task): ScheduleEffect[] {
  if (task.status !== 'started') return [];
  task.status = 'running';
  return timeoutMs === undefined ? [] : [{ type: 'set-timer', node: task.node, afterMs: timeoutMs }];
}

/** Lockstep does not end a process that has left the command's session, and that may hold its output for ever. */
export function takeLeft({ rules }: ScheduleState, task: Task): ScheduleEffect[] {
  if (task.hasLeft) return [];
  task.hasLeft = true;
  return task.status === 'ending' ? [{ type: 'set-timer', node: task.node, afterMs: rules.leftMs }] : [];
}

export function takeTime(state: ScheduleState, task: Task): ScheduleEffect[] {
  const { timeoutMs } = state.rules;
  if (task.status === 'delayed') state.due.add(task);
  if (task.status === 'running' && timeoutMs !== undefined)
    return endFor(state, task, { kind: 'timeout', afterMs: timeoutMs });
  if (task.status !== 'ending') return [];
  task.status = 'given-up';
  task.mayStillRun = !task.hasLeft;
  return [{ type: 'give-up', node: task.node }];
}

/** The first command that fails ends the others, once. A command over its time is already being ended. */
export function endAllFor(state: ScheduleState, first: string): ScheduleEffect[] {
  const atWork = [...state.tasks.values()].filter(isAtWork);
  const ends = atWork.flatMap((task) => endFor(state, task, { kind: 'fail-fast', firstId: first }));
  return state.workingCount > 0 ? [{ type: 'tell', first, others: state.workingCount }, ...ends] : ends;
}

export function isAtWork({ status }: Task): boolean {
  return status === 'started' || status === 'running';
}

export function endFor(
  { rules: { endedMs, leftMs } }: ScheduleState,
  task: Task,
  why: Cut,
): ScheduleEffect[] {
  task.status = 'ending';
  return [
    { type: 'set-timer', node: task.node, afterMs: task.hasLeft ? leftMs : endedMs },
    { type: 'end', node: task.node, why },
  ];
}
