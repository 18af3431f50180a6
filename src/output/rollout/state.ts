/** How far a rollout is, slot by slot and node by node. It gets the events from `rollout` on. */
import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Plan } from '../../core/plan.ts';
import type { Reason, TurnEvent } from '../../core/turn.ts';
import { type Limit, NodesByStatus, type Status, type Turn, type WaitGroup } from './places.ts';

/** The thread waits before this slot: until that time, or until somebody confirms. */
export interface Pause {
  readonly thread: string;
  readonly slot: string;
  readonly untilMs: number | undefined;
}

export class RolloutState {
  readonly plan: Plan;
  readonly all = new NodesByStatus('all nodes', '');
  /** The slots of each thread, and after them the nodes in none. */
  readonly slots: readonly NodesByStatus[];
  readonly limits: readonly Limit[];
  /** Nodes that wait, by what they wait for. */
  readonly groups = new Map<string, WaitGroup>();
  /** By their thread. */
  readonly pauses = new Map<string, Pause>();
  isHalted = false;
  readonly #turns = new Map<string, Turn>();

  constructor({ plan, absent, down }: Extract<TurnEvent, { readonly type: 'rollout' }>) {
    this.plan = plan;
    for (const node of plan.nodes) this.#turns.set(node.id, makeTurn(node, this.all));
    const place = (slot: string, thread: string, nodes: readonly Node[], name = slot) =>
      this.#occupied(new NodesByStatus(slot, thread, name), nodes);
    const names = plan.threads.flatMap(({ slots }) => slots.map(({ name }) => name));
    const areOwn = new Set(names).size === names.length;
    const slots = plan.threads.flatMap((thread) =>
      thread.slots
        .filter(({ nodes }) => nodes.length > 0)
        .map(({ name, nodes }) =>
          place(name, thread.name, nodes, areOwn ? name : `${name} (${thread.name})`),
        ),
    );
    const { free } = plan;
    const freeName = slots.length === 0 ? 'all nodes' : 'in no order';
    this.slots = free.nodes.length === 0 ? slots : [...slots, place(freeName, '', free.nodes)];
    this.limits = plan.limits.map(({ name, max, onFailure, nodes }, at) => {
      const limit = { at, max, isHolding: onFailure !== 'release', place: place(name, '', nodes) };
      for (const { id } of nodes) this.#turns.get(id)?.limits.push(limit);
      return limit;
    });
    const end = plan.unreachable === 'skip' ? 'skipped' : 'failed';
    for (const { id } of absent) this.#put(id, end);
    for (const { id } of down) this.#put(id, 'failed');
  }

  /** `nowMs`: from any clock that does not jump. */
  see(event: ControlEvent, nowMs: number): void {
    switch (event.type) {
      case 'node-waits':
        return this.#wait(event.node, event.reason);
      case 'node-begun':
        if (event.phase === 'exec') this.#begin(event.node, nowMs);
        return;
      case 'node-retries':
        return this.#put(event.node.id, 'retries');
      case 'outcome':
        return this.#put(event.node.id, this.#endOf(event.outcome.kind));
      case 'paused': {
        const { thread, slot, ms } = event;
        this.pauses.set(thread, { thread, slot, untilMs: ms === undefined ? undefined : nowMs + ms });
        return;
      }
      case 'halted':
      case 'resumed':
        this.isHalted = event.type === 'halted';
    }
  }

  isRunning({ id }: Node): boolean {
    return this.#turns.get(id)?.status === 'runs';
  }

  #occupied(place: NodesByStatus, nodes: readonly Node[]): NodesByStatus {
    for (const { id } of nodes) {
      const turn = this.#turns.get(id);
      if (turn === undefined) continue;
      place.of('waits').add(turn);
      turn.places.push(place);
    }
    return place;
  }

  #begin({ id }: Node, nowMs: number): void {
    const turn = this.#turns.get(id);
    if (turn === undefined) return;
    turn.sinceMs = nowMs;
    this.#put(id, 'runs');
    for (const { thread, slot } of turn.places)
      if (this.pauses.get(thread)?.slot === slot) this.pauses.delete(thread);
  }

  #put(id: string, status: Status): void {
    const turn = this.#turns.get(id);
    if (turn === undefined) return;
    turn.group?.turns.delete(turn);
    turn.group = undefined;
    for (const place of turn.places) {
      place.of(turn.status).delete(turn);
      place.of(status).add(turn);
    }
    turn.status = status;
  }

  #endOf(kind: Outcome['kind']): Status {
    if (kind === 'ok') return 'done';
    const isPassedOver = kind === 'skipped' || (kind === 'lost' && this.plan.unreachable === 'skip');
    return isPassedOver ? 'skipped' : 'failed';
  }

  /** Many wait for the same thing. */
  #wait({ id }: Node, reason: Reason): void {
    const turn = this.#turns.get(id);
    if (turn === undefined || (reason.kind !== 'slot' && reason.kind !== 'limit')) return;
    this.#put(id, 'waits');
    const of = reason.kind === 'slot' ? [reason.thread, reason.slot] : turn.limits.map(({ at }) => at);
    const key = [reason.kind, ...of].join('\0');
    const group = this.groups.get(key) ?? { reason, limits: turn.limits, turns: new Set() };
    this.groups.set(key, group);
    group.turns.add(turn);
    turn.group = group;
  }
}

function makeTurn(node: Node, all: NodesByStatus): Turn {
  const turn: Turn = { node, status: 'waits', places: [all], limits: [], group: undefined, sinceMs: 0 };
  all.of('waits').add(turn);
  return turn;
}
