/**
 * Decides when the work of each node starts, and when it must end before its own end. Pure: it has no clock and does
 * no I/O. The caller carries out the effects in order, and reports what happens as events.
 */

import type { Outcome } from '../core/outcome.ts';
import { keepPlaces, letGoOfPlaces } from './again.ts';
import { OwnBudgets } from './budgets.ts';
import { mayTryAgain, takeAbsent, takeEnded, takeLeashOver, takeLost } from './ends.ts';
import { makeParts, type Task } from './parts.ts';
import { reasonOfTask } from './reasons.ts';
import { ALL_AT_ONCE } from './rollout-rules.ts';
import type { ScheduleRules } from './schedule-rules.ts';
import type { ScheduleEffect, ScheduleEvent, ScheduleState } from './schedule-state.ts';
import { endPause, openThreads, tellClosed } from './threads.ts';
import { makeReady, startReady } from './turns.ts';
import { halt, resume, retry, skip } from './wishes.ts';
import { endFor, isAtWork, takeBegan, takeLeft, takeTime } from './work.ts';

export function createSchedule(rules: ScheduleRules): ScheduleState {
  const { rollout = ALL_AT_ONCE } = rules;
  const { tasks, threads, limits } = makeParts(rules, rollout);
  return {
    rules,
    rollout,
    tasks,
    threads,
    limits,
    budgets: new OwnBudgets(rollout.limits),
    awake: new Set(),
    due: new Set(),
    leashed: new Set(),
    again: new Set(),
    fresh: [],
    openCount: [...tasks.values()].filter(({ isUnbegun }) => !isUnbegun).length,
    workingCount: 0,
    delayedCount: 0,
    pausingCount: 0,
    failedCount: 0,
    firstFailed: '',
    stop: undefined,
    isHalted: false,
    phase: 'unbegun',
    how: undefined,
  };
}

/**
 * Takes one event. For every node that it starts the caller reports `began` and later `ended`, or `ended` alone.
 * Ignores an event that does not fit the state.
 */
export function step(state: ScheduleState, event: ScheduleEvent): readonly ScheduleEffect[] {
  if (state.phase === 'finished' || (state.phase === 'unbegun' && event.type !== 'begin')) {
    if ('node' in event) taskOn(state, event.node);
    return [];
  }
  const effects = take(state, event);
  const started = startReady(state);
  while (state.again.size > 0 && isStill(state)) {
    letGoOfPlaces(state);
    started.push(...startReady(state));
  }
  const ending = finishIfOver(state);
  return started.length + ending.length === 0 ? effects : [...effects, ...started, ...ending];
}

/** Whether a node at work that ends like this starts again by itself. */
export function triesAgain(state: ScheduleState, node: string, outcome: Outcome): boolean {
  return state.phase === 'begun' && mayTryAgain(state, taskOn(state, node), outcome);
}

function take(state: ScheduleState, event: ScheduleEvent): ScheduleEffect[] {
  switch (event.type) {
    case 'begin':
      return begin(state);
    case 'pause-over':
      return endPause(state, state.threads[event.thread]);
    case 'halted':
      return halt(state);
    case 'resumed':
      return resume(state);
    case 'retried':
      return retry(state, taskOn(state, event.node));
    case 'skipped':
      return skip(state, taskOn(state, event.node));
    default:
      return takeOf(state, taskOn(state, event.node), event);
  }
}

function begin(state: ScheduleState): ScheduleEffect[] {
  if (state.phase !== 'unbegun') return [];
  state.phase = 'begun';
  for (const task of state.tasks.values()) if (task.queue !== task.ownQueue) keepPlaces(state, task);
  const effects = openThreads(state);
  for (const task of state.tasks.values()) {
    if (task.isUnbegun) continue;
    if (task.isAbsent) effects.push(...takeAbsent(state, task));
    else if (task.slots.length === 0) makeReady(state, task);
  }
  return [...effects, ...[...state.tasks.values()].flatMap(tellClosed)];
}

type WorkEvent = Extract<
  ScheduleEvent,
  { readonly type: 'began' | 'left' | 'time' | 'unwanted' | 'ended' | 'lost' | 'leash-over' }
>;

function takeOf(state: ScheduleState, task: Task, event: WorkEvent): ScheduleEffect[] {
  const { status } = task;
  if (event.type === 'lost') {
    const hasTurn = status !== 'waiting' && status !== 'ready' && status !== 'delayed';
    return hasTurn ? [] : takeLost(state, task, event.outcome);
  }
  return event.type === 'leash-over' ? takeLeashOver(state, task) : takeOfStarted(state, task, event);
}

function takeOfStarted(
  state: ScheduleState,
  task: Task,
  event: Exclude<WorkEvent, { readonly type: 'lost' | 'leash-over' }>,
): ScheduleEffect[] {
  if (task.status === 'waiting' || task.status === 'ready' || task.status === 'over') return [];
  if (task.status === 'delayed' && event.type !== 'time') return [];
  switch (event.type) {
    case 'began':
      return takeBegan(state, task);
    case 'left':
      return takeLeft(state, task);
    case 'time':
      return takeTime(state, task);
    case 'unwanted':
      return isAtWork(task) ? endFor(state, task, event.why) : [];
    case 'ended':
      return takeEnded(state, task, event);
    default:
      return event satisfies never;
  }
}

/** Finishes when nothing runs, and nothing will start by itself any more. */
function finishIfOver(state: ScheduleState): ScheduleEffect[] {
  const { openCount, workingCount, stop, isHalted } = state;
  if (openCount > 0 && (workingCount > 0 || !(stop !== undefined || isHalted || isStill(state)))) return [];
  state.phase = 'finished';
  const skips = [...state.tasks.values()].flatMap((task): ScheduleEffect[] => {
    const isWaiting = task.status === 'waiting' || task.status === 'ready';
    return isWaiting ? [{ type: 'skip', node: task.node, reason: reasonOfTask(state, task) }] : [];
  });
  const left = stop !== undefined ? 'failed' : isHalted ? 'halted' : 'deadlocked';
  state.how = openCount === 0 ? 'done' : left;
  return [...skips, { type: 'finish', how: state.how }];
}

/** Nothing runs, nothing will start by itself, and no place comes free: tasks that are due and have not started lack one. */
function isStill({ workingCount, delayedCount, pausingCount, due, leashed }: ScheduleState): boolean {
  return workingCount + delayedCount - due.size + pausingCount + leashed.size === 0;
}

function taskOn({ tasks }: ScheduleState, node: string): Task {
  const task = tasks.get(node);
  if (task === undefined) throw new Error(`${node} is no node of this run`);
  return task;
}
