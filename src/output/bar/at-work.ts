/** Which nodes a run still waits for, and since when it has heard from none. It gets all events. */
import type { ControlEvent, Phase } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';

/** The present wait. */
export interface Wait {
  readonly phase: Phase;
  readonly startedMs: number;
  /** When a node last said something. */
  readonly newsMs: number;
}

export class AtWork {
  readonly #nodes: readonly Node[];
  readonly #nowMs: () => number;
  /** Nodes that `-w` has left out: they are no longer part of the run. */
  readonly #leftOut = new Set<string>();
  readonly #done = new Set<string>();
  /** Nodes of a rollout whose turn has not come. */
  readonly #waiting = new Set<string>();
  /** Nodes that lack nothing of an upload. */
  readonly #settled = new Set<string>();
  /** How many barriers each sync tool has come to. */
  readonly #steps = new Map<string, number>();
  #wait: Wait | undefined;

  constructor(nodes: readonly Node[], nowMs: () => number) {
    this.#nodes = nodes;
    this.#nowMs = nowMs;
  }

  see(event: ControlEvent): void {
    switch (event.type) {
      case 'phase':
        return this.#begin(event.phase);
      case 'left-out':
        for (const { node } of event.errors) if (node !== undefined) this.#leftOut.add(node.id);
        return;
      case 'outcome':
        if (event.outcome.kind === 'ok') this.#settled.add(event.node.id);
        return;
      case 'node-waits':
      case 'node-retries':
        this.#waiting.add(event.node.id);
        return;
      case 'node-begun':
        if (event.phase !== 'exec') return;
        this.#waiting.delete(event.node.id);
        // The node may get another try.
        this.#done.delete(event.node.id);
        return this.#note();
      case 'node-done':
      case 'node-failed':
        if (event.phase !== this.#wait?.phase) return;
        this.#done.add(event.node.id);
        return this.#note();
      case 'node-step':
        this.#steps.set(event.node.id, (this.#steps.get(event.node.id) ?? 0) + 1);
        return this.#note();
      case 'bytes':
        // Where some nodes have everything, bytes to the others are no news: the run waits for those nodes.
        if (this.#done.size === 0) this.#note();
        return;
      case 'lock-wait':
      case 'finished':
      case 'program':
        this.#wait = undefined;
        return;
    }
  }

  /** Undefined if the run waits for nothing, or another line says for what. */
  get wait(): Wait | undefined {
    return this.#wait;
  }

  /** The nodes at work that have not ended their part of the phase, in the order of the run; with sync tools, those that the others wait for. */
  missing(): Node[] {
    if (this.#wait === undefined) return [];
    const isPending = ({ id }: Node) =>
      !this.#done.has(id) && !this.#leftOut.has(id) && !this.#waiting.has(id);
    const pending = this.#nodes.filter(isPending);
    const stepsOf = ({ id }: Node) => this.#steps.get(id) ?? 0;
    const most = pending.reduce((steps, node) => Math.max(steps, stepsOf(node)), 0);
    const behind = pending.filter((node) => stepsOf(node) < most);
    return behind.length > 0 ? behind : pending;
  }

  /** The same nodes if they are few. In a large run most calls end after the count. */
  fewMissing(nodesMax: number): Node[] {
    const others = this.#done.size + this.#leftOut.size + this.#waiting.size;
    const isMany = this.#nodes.length - others > nodesMax;
    if (isMany && this.#steps.size === 0) return [];
    const missing = this.missing();
    return missing.length <= nodesMax ? missing : [];
  }

  #begin(phase: Phase): void {
    const nowMs = this.#nowMs();
    this.#wait = phase === 'release' ? undefined : { phase, startedMs: nowMs, newsMs: nowMs };
    this.#done.clear();
    this.#waiting.clear();
    this.#steps.clear();
    if (phase !== 'upload' && phase !== 'commit') return this.#settled.clear();
    for (const id of this.#settled) this.#done.add(id);
  }

  #note(): void {
    if (this.#wait !== undefined) this.#wait = { ...this.#wait, newsMs: this.#nowMs() };
  }
}
