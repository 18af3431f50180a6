/**
 * One step of the barrier in the making: the state as it is by now, and the effects so far.
 */
import type { BarrierEffect, BarrierState, Timeout, Tool } from './barrier-state.ts';

export interface Turn {
  state: BarrierState;
  readonly effects: BarrierEffect[];
}

export function arm(turn: Turn, timeout: Timeout, afterMs: number): void {
  turn.state = { ...turn.state, timeout };
  turn.effects.push({ type: 'arm', timeout, afterMs });
}

export function disarm(turn: Turn): void {
  turn.state = { ...turn.state, timeout: undefined };
  turn.effects.push({ type: 'disarm' });
}

export function send(turn: Turn, nodes: readonly string[], text: string): void {
  if (nodes.length > 0 && text !== '') turn.effects.push({ type: 'send', nodes, text });
}

export function runningNodes(turn: Turn): string[] {
  return turn.state.tools.filter((tool) => tool.status === 'running').map((tool) => tool.node);
}

export function watchingNodes(turn: Turn): string[] {
  return turn.state.tools
    .filter((tool) => tool.status === 'running' && tool.isWatching)
    .map((tool) => tool.node);
}

export function toolOn(turn: Turn, node: string): Tool {
  const tool = turn.state.tools[positionOf(turn, node)];
  if (tool === undefined) throw new Error(`no tool on ${node}`);
  return tool;
}

export function changeTool(turn: Turn, node: string, change: Partial<Tool>): void {
  const { state } = turn;
  const tools = state.tools.with(positionOf(turn, node), { ...toolOn(turn, node), ...change });
  turn.state = { ...state, tools };
}

function positionOf(turn: Turn, node: string): number {
  const position = turn.state.positions.get(node);
  if (position === undefined) throw new Error(`${node} is no node of this run`);
  return position;
}
