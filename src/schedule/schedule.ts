/**
 * Decides when the command of each node starts, and when it is ended before its own end. Pure: it has no clock and does
 * no I/O. The caller carries out the effects in their order, and reports what happens as events.
 */
import { isFailure, type Outcome } from '../core/outcome.ts';
import type {
  Cut,
  ScheduleEffect,
  ScheduleEvent,
  ScheduleRules,
  ScheduleState,
  Step,
  Task,
} from './schedule-state.ts';

export function createSchedule(rules: ScheduleRules): ScheduleState {
  return {
    rules,
    positions: new Map(rules.nodes.map((node, position) => [node, position])),
    tasks: rules.nodes.map((node) => ({ node, status: 'waiting', hasLeft: false })),
    openCount: rules.nodes.length,
    firstFailed: undefined,
    phase: 'unbegun',
  };
}

/** Takes one event. The caller reports `began` and later `ended` for every node that it was told to start, or `ended` alone. */
export function step(state: ScheduleState, event: ScheduleEvent): Step {
  const turn: Turn = { state, effects: [] };
  if (state.phase !== 'finished') take(turn, event);
  return turn;
}

interface Turn {
  state: ScheduleState;
  readonly effects: ScheduleEffect[];
}

function take(turn: Turn, event: ScheduleEvent): void {
  switch (event.type) {
    case 'begin':
      takeBegin(turn);
      break;
    case 'began':
      takeBegan(turn, event.node);
      break;
    case 'left':
      takeLeft(turn, event.node);
      break;
    case 'ended':
      takeEnded(turn, event.node, event.outcome);
      break;
    case 'time':
      takeTime(turn, event.node);
      break;
    default:
      event satisfies never;
  }
  if (turn.state.openCount > 0 || turn.state.phase === 'unbegun') return;
  turn.state = { ...turn.state, phase: 'finished' };
  turn.effects.push({ type: 'finish' });
}

/** All at once. */
function takeBegin(turn: Turn): void {
  if (turn.state.phase !== 'unbegun') return;
  const tasks = turn.state.tasks.map((task): Task => ({ ...task, status: 'started' }));
  turn.state = { ...turn.state, tasks, phase: 'begun' };
  for (const { node } of tasks) turn.effects.push({ type: 'start', node });
}

/** A command's time counts from when it begins. */
function takeBegan(turn: Turn, node: string): void {
  const { timeoutMs } = turn.state.rules;
  if (taskOn(turn, node).status !== 'started') return;
  change(turn, node, { status: 'running' });
  if (timeoutMs !== undefined) turn.effects.push({ type: 'set-timer', node, afterMs: timeoutMs });
}

/** What has left its session is not ended, and may have the output for ever. */
function takeLeft(turn: Turn, node: string): void {
  const { status, hasLeft } = taskOn(turn, node);
  if (status === 'waiting' || status === 'over' || hasLeft) return;
  change(turn, node, { hasLeft: true });
  if (status === 'ending') turn.effects.push({ type: 'set-timer', node, afterMs: turn.state.rules.leftMs });
}

function takeEnded(turn: Turn, node: string, outcome: Outcome): void {
  const { status } = taskOn(turn, node);
  if (status === 'waiting' || status === 'over') return;
  change(turn, node, { status: 'over' });
  turn.state = { ...turn.state, openCount: turn.state.openCount - 1 };
  if (turn.state.rules.isFailFast && isFailure(outcome)) failFast(turn, node);
}

function takeTime(turn: Turn, node: string): void {
  const { timeoutMs } = turn.state.rules;
  const { status } = taskOn(turn, node);
  if (status === 'running' && timeoutMs !== undefined) {
    end(turn, node, { kind: 'timeout', afterMs: timeoutMs });
  } else if (status === 'ending') {
    change(turn, node, { status: 'given-up' });
    turn.effects.push({ type: 'give-up', node });
  }
}

/** The first that fails ends the others, once. One that is being ended for its own time is ended already. */
function failFast(turn: Turn, first: string): void {
  if (turn.state.firstFailed !== undefined) return;
  turn.state = { ...turn.state, firstFailed: first };
  if (turn.state.openCount > 0) turn.effects.push({ type: 'tell', first, others: turn.state.openCount });
  for (const { node, status } of turn.state.tasks) {
    if (status === 'started' || status === 'running') end(turn, node, { kind: 'fail-fast', firstId: first });
  }
}

function end(turn: Turn, node: string, why: Cut): void {
  const { endedMs, leftMs } = turn.state.rules;
  const { hasLeft } = taskOn(turn, node);
  change(turn, node, { status: 'ending' });
  turn.effects.push({ type: 'set-timer', node, afterMs: hasLeft ? leftMs : endedMs });
  turn.effects.push({ type: 'end', node, why });
}

function change(turn: Turn, node: string, changes: Partial<Task>): void {
  const { tasks, positions } = turn.state;
  const position = positions.get(node) ?? 0;
  turn.state = { ...turn.state, tasks: tasks.with(position, { ...taskOn(turn, node), ...changes }) };
}

function taskOn({ state }: Turn, node: string): Task {
  const task = state.tasks[state.positions.get(node) ?? -1];
  if (task === undefined) throw new Error(`${node} is no node of this run`);
  return task;
}
