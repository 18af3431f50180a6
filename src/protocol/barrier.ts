/**
 * The controller's side of the sync protocol as a state machine: who may speak when, who is told what,
 * and how a run with a dead, silent or misbehaving tool ends. It has no clock and does no I/O:
 * the caller carries out the effects in their order, and reports what happens as events.
 */
import { LIMITS } from '../core/limits/limits.ts';
import type {
  BarrierEvent,
  BarrierRules,
  BarrierState,
  Step,
  Timeout,
  ToolEnd,
  ToolFailure,
  ToolStatus,
} from './barrier-state.ts';
import { introduction } from './introduction.ts';
import { formatDone, formatHello, formatLost, formatSync } from './messages.ts';
import { arm, changeTool, disarm, runningNodes, send, type Turn, toolOn, watchingNodes } from './turn.ts';

export function createBarrier(rules: BarrierRules): BarrierState {
  return {
    rules,
    positions: new Map(rules.nodes.map((node, position) => [node, position])),
    tools: rules.nodes.map((node) => ({
      node,
      status: 'awaited',
      syncCount: 0,
      isWatching: false,
      hasFailed: false,
    })),
    phase: 'starting',
    hasStarted: false,
    endings: '',
    timeout: undefined,
  };
}

/**
 * Takes one event. The caller reports `started` and later `ended` for every node, or `ended` alone where a tool
 * could not be started; it writes what a node printed before it reports the SYNC that followed.
 */
export function step(state: BarrierState, event: BarrierEvent): Step {
  const turn: Turn = { state, effects: [] };
  if (state.phase !== 'ended') take(turn, event);
  return turn;
}

/** Whether all tools that run have said equally much: a barrier that they wait for is complete. */
export function isEven({ tools }: BarrierState): boolean {
  const running = tools.find((tool) => tool.status === 'running');
  return tools.every((tool) => tool.status !== 'running' || tool.syncCount === running?.syncCount);
}

function take(turn: Turn, event: BarrierEvent): void {
  switch (event.type) {
    case 'started':
      takeStarted(turn, event.node);
      break;
    case 'sync':
      takeSync(turn, event.node, event.description);
      break;
    case 'watch':
      takeWatch(turn, event.node);
      break;
    case 'broke-protocol':
      breakProtocol(turn, event.node, event.reason);
      break;
    case 'ended':
      takeEnded(turn, event.node, event.end);
      break;
    case 'timeout':
      takeTimeout(turn, event.timeout);
      break;
    default:
      event satisfies never;
  }
}

function takeStarted(turn: Turn, node: string): void {
  if (toolOn(turn, node).status !== 'awaited') return;
  changeTool(turn, node, { status: 'running' });
  introduceWhenAllStarted(turn);
  // The run has failed meanwhile: this tool must not begin.
  if (turn.state.phase === 'failing') greet(turn, [node]);
}

/** A SYNC goes to every tool that runs, the sender included, in one order for all. */
function takeSync(turn: Turn, node: string, description: string): void {
  const { status, syncCount } = toolOn(turn, node);
  const fault = faultOfSync(turn, status, syncCount);
  if (fault !== undefined) {
    breakProtocol(turn, node, fault);
  } else if (status === 'running') {
    changeTool(turn, node, { syncCount: syncCount + 1 });
    send(turn, runningNodes(turn), `${formatSync(turn.state.rules.prefix, node, description)}\n`);
    awaitProgress(turn);
  }
}

function faultOfSync(turn: Turn, status: ToolStatus, syncCount: number): string | undefined {
  if (status === 'ended') return 'sent SYNC after its end';
  if (!turn.state.hasStarted) return 'sent SYNC before START';
  if (syncCount >= LIMITS.syncMessagesPerNodeMax) {
    return `sent more than ${LIMITS.syncMessagesPerNodeMax} SYNC messages`;
  }
  return undefined;
}

/** Tells every tool that watches of all that has ended, at once and in the same order. */
function takeWatch(turn: Turn, node: string): void {
  const { status, isWatching } = toolOn(turn, node);
  const isGreeted = turn.state.phase !== 'starting';
  if (status !== 'running' || isWatching || !isGreeted) return;
  changeTool(turn, node, { isWatching: true });
  send(turn, [node], turn.state.endings);
}

/** A tool that breaks the protocol is no longer listened to, and is ended at once. */
function breakProtocol(turn: Turn, node: string, reason: string): void {
  const failure: ToolFailure = { kind: 'broke-protocol', node, reason };
  const { status } = toolOn(turn, node);
  if (status === 'ended') {
    failAfterEnd(turn, failure);
  } else if (status !== 'broken') {
    turn.effects.push({ type: 'end', nodes: [node] });
    leave(turn, node, 'broken', failure);
  }
}

function takeEnded(turn: Turn, node: string, end: ToolEnd): void {
  const { status } = toolOn(turn, node);
  if (status === 'ended') return;
  if (status === 'broken') changeTool(turn, node, { status: 'ended' });
  else leave(turn, node, 'ended', end.kind === 'ok' ? undefined : { ...end, node });
  if (turn.state.tools.every((tool) => tool.status === 'ended')) {
    finish(turn);
  } else {
    introduceWhenAllStarted(turn);
    awaitProgress(turn);
  }
}

function takeTimeout(turn: Turn, timeout: Timeout): void {
  // A timer may fire before the caller has carried out the effect that disarms it.
  if (timeout !== turn.state.timeout) return;
  turn.state = { ...turn.state, timeout: undefined };
  if (timeout === 'barrier') failBarrier(turn);
  else endRollback(turn);
}

/** A tool takes no part any more, whether it failed or ended well. */
function leave(turn: Turn, node: string, status: 'broken' | 'ended', failure: ToolFailure | undefined): void {
  changeTool(turn, node, { status });
  if (failure !== undefined) fail(turn, failure);
  const { prefix } = turn.state.rules;
  tell(turn, failure === undefined ? formatDone(prefix, node, 0) : formatLost(prefix, node, failure.reason));
}

/** A tool that has ended well is the failure of the run after all. */
function failAfterEnd(turn: Turn, failure: ToolFailure): void {
  if (toolOn(turn, failure.node).hasFailed) return;
  fail(turn, failure);
  tell(turn, formatLost(turn.state.rules.prefix, failure.node, failure.reason));
}

/** The first failure fails the run: the others get time to undo. Tools that have not begun never get START. */
function fail(turn: Turn, failure: ToolFailure): void {
  if (toolOn(turn, failure.node).hasFailed) return;
  changeTool(turn, failure.node, { hasFailed: true });
  turn.effects.push({ type: 'fail', failure });
  if (turn.state.phase === 'failing') return;
  turn.state = { ...turn.state, phase: 'failing' };
  arm(turn, 'rollback', turn.state.rules.rollbackGraceMs);
  if (!turn.state.hasStarted) greet(turn, runningNodes(turn));
}

/** Tells only the tools that asked: a tool of orgalorg takes any line that it does not know for an error. */
function tell(turn: Turn, line: string): void {
  const text = `${line}\n`;
  turn.state = { ...turn.state, endings: turn.state.endings + text };
  send(turn, watchingNodes(turn), text);
}

/** Sends HELLO alone, where the run has failed before its start: with the prefix a tool can ask why. */
function greet(turn: Turn, nodes: readonly string[]): void {
  send(turn, nodes, `${formatHello(turn.state.rules.prefix)}\n`);
}

/** Greets all at once: no tool may begin before every tool is there to hear it. */
function introduceWhenAllStarted(turn: Turn): void {
  const { phase, rules, tools } = turn.state;
  if (phase !== 'starting' || tools.some((tool) => tool.status === 'awaited')) return;
  turn.state = { ...turn.state, phase: 'running', hasStarted: true };
  const textAt = introduction(rules.prefix, rules.nodes);
  for (const [position, { node, status }] of tools.entries()) {
    if (status === 'running') send(turn, [node], textAt(position));
  }
}

/**
 * Tools that ignore the protocol may work as long as they like;
 * one that has spoken may be waiting for one that has ended.
 */
function awaitProgress(turn: Turn): void {
  const { phase, tools, rules, timeout } = turn.state;
  if (phase !== 'running') return;
  const maySomeWait =
    tools.some((tool) => tool.status === 'running' && tool.syncCount > 0) &&
    tools.some((tool) => tool.status === 'ended');
  if (maySomeWait) arm(turn, 'barrier', rules.barrierTimeoutMs);
  else if (timeout !== undefined) disarm(turn);
}

/** Of the tools that have ended, the one that said least is named: others may wait for what it did not say. */
function failBarrier(turn: Turn): void {
  const ended = turn.state.tools.filter((tool) => tool.status === 'ended');
  const [first, ...others] = ended.toSorted((one, other) => one.syncCount - other.syncCount);
  if (first === undefined) return;
  const also = others.length === 0 ? '' : ` (and so have ${nameSome(others.map((tool) => tool.node))})`;
  const silent = nameSome(runningNodes(turn));
  const reason = `has ended${also}, and for ${turn.state.rules.barrierTimeoutMs / 1000} s nothing came from ${silent}`;
  failAfterEnd(turn, { kind: 'barrier-timeout', node: first.node, reason });
}

function endRollback(turn: Turn): void {
  const nodes = turn.state.tools.filter((tool) => tool.status !== 'ended').map((tool) => tool.node);
  const reason = `was still at work ${turn.state.rules.rollbackGraceMs / 1000} s after the failure`;
  for (const node of nodes) fail(turn, { kind: 'rollback-timeout', node, reason });
  turn.effects.push({ type: 'end', nodes });
}

function finish(turn: Turn): void {
  if (turn.state.timeout !== undefined) disarm(turn);
  turn.state = { ...turn.state, phase: 'ended' };
  turn.effects.push({ type: 'finish' });
}

function nameSome(nodes: readonly string[]): string {
  const named = nodes.slice(0, NAMED_MAX).join(', ');
  return nodes.length <= NAMED_MAX ? named : `${named} and ${nodes.length - NAMED_MAX} more`;
}

/** So many nodes are named in a reason; the summary of the run has them all. */
const NAMED_MAX = 3;
