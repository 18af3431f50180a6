/**
 * Decides when the command of each node starts, and when it is ended before its own end. Pure: it has no clock and does
 * no I/O. The caller carries out the effects in their order, and reports what happens as events.
 */
import { isFailure } from '../core/outcome.ts';
import type {
  Cut,
  ScheduleEffect,
  ScheduleEvent,
  ScheduleRules,
  ScheduleState,
  Task,
} from './schedule-state.ts';

export function createSchedule(rules: ScheduleRules): ScheduleState {
  return {
    rules,
    tasks: new Map(rules.nodes.map((node) => [node, { node, status: 'waiting', hasLeft: false }])),
    openCount: rules.nodes.length,
    firstFailed: undefined,
    phase: 'unbegun',
  };
}

/** Takes one event. The caller reports `began` and later `ended` for every node that it was told to start, or `ended` alone. */
export function step(state: ScheduleState, event: ScheduleEvent): readonly ScheduleEffect[] {
  if (state.phase === 'finished') return [];
  const effects = 'node' in event ? takeOf(state, taskOn(state, event.node), event) : takeBegin(state);
  if (state.openCount > 0 || state.phase === 'unbegun') return effects;
  state.phase = 'finished';
  return [...effects, { type: 'finish' }];
}

/** Starts all nodes at once. */
function takeBegin(state: ScheduleState): ScheduleEffect[] {
  if (state.phase !== 'unbegun') return [];
  state.phase = 'begun';
  return [...state.tasks.values()].map((task) => {
    task.status = 'started';
    return { type: 'start', node: task.node };
  });
}

type NodeEvent = Extract<ScheduleEvent, { readonly node: string }>;

function takeOf(state: ScheduleState, task: Task, event: NodeEvent): ScheduleEffect[] {
  if (task.status === 'waiting' || task.status === 'over') return [];
  switch (event.type) {
    case 'began':
      return takeBegan(state, task);
    case 'left':
      return takeLeft(state, task);
    case 'time':
      return takeTime(state, task);
    case 'unwanted':
      return isAtWork(task) ? end(state, task, event.why) : [];
    case 'ended':
      task.status = 'over';
      state.openCount -= 1;
      return state.rules.isFailFast && isFailure(event.outcome) ? failFast(state, task.node) : [];
    default:
      return event satisfies never;
  }
}

/** A command's time counts from when it begins. */
function takeBegan({ rules: { timeoutMs } }: ScheduleState, task: Task): ScheduleEffect[] {
  if (task.status !== 'started') return [];
  task.status = 'running';
  return timeoutMs === undefined ? [] : [{ type: 'set-timer', node: task.node, afterMs: timeoutMs }];
}

/** A process that has left the command's session is not ended, and may hold its output for ever. */
function takeLeft({ rules }: ScheduleState, task: Task): ScheduleEffect[] {
  if (task.hasLeft) return [];
  task.hasLeft = true;
  return task.status === 'ending' ? [{ type: 'set-timer', node: task.node, afterMs: rules.leftMs }] : [];
}

function takeTime(state: ScheduleState, task: Task): ScheduleEffect[] {
  const { timeoutMs } = state.rules;
  if (task.status === 'running' && timeoutMs !== undefined)
    return end(state, task, { kind: 'timeout', afterMs: timeoutMs });
  if (task.status !== 'ending') return [];
  task.status = 'given-up';
  return [{ type: 'give-up', node: task.node }];
}

/** The first command that fails ends the others, once. A command that is over its time is being ended already. */
function failFast(state: ScheduleState, first: string): ScheduleEffect[] {
  if (state.firstFailed !== undefined) return [];
  state.firstFailed = first;
  const atWork = [...state.tasks.values()].filter(isAtWork);
  const ends = atWork.flatMap((task) => end(state, task, { kind: 'fail-fast', firstId: first }));
  return state.openCount > 0 ? [{ type: 'tell', first, others: state.openCount }, ...ends] : ends;
}

function isAtWork({ status }: Task): boolean {
  return status === 'started' || status === 'running';
}

function end({ rules: { endedMs, leftMs } }: ScheduleState, task: Task, why: Cut): ScheduleEffect[] {
  task.status = 'ending';
  return [
    { type: 'set-timer', node: task.node, afterMs: task.hasLeft ? leftMs : endedMs },
    { type: 'end', node: task.node, why },
  ];
}

function taskOn({ tasks }: ScheduleState, node: string): Task {
  const task = tasks.get(node);
  if (task === undefined) throw new Error(`${node} is no node of this run`);
  return task;
}
