/**
 * `-l`: the first node that speaks owns the output until it ends; then the next that spoke, and so on. It never holds
 * the others back (a sync tool whose bytes nobody takes could block the owner): output that does not fit in memory goes
 * to disk. Only when the disk is full does it give up the order, and never a byte.
 */

import type { OutputEvent } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import { Backlog, type BacklogStore, describeLostOutput } from './backlog.ts';
import type { NodeOutput } from './format.ts';
import { Spill } from './spill.ts';

interface Waiting {
  readonly node: Node;
  readonly backlog: Backlog;
  hasEnded: boolean;
}

export class Serial implements NodeOutput {
  readonly #next: NodeOutput;
  readonly #warn: (message: string, error: unknown) => void;
  readonly #store: BacklogStore;
  #owner: Node | undefined;
  /** In the order in which they first spoke. */
  readonly #waiting = new Map<string, Waiting>();
  #replay = Promise.resolve();
  #isReplaying = false;
  #isOrdered = true;

  constructor(next: NodeOutput, warn: (message: string, error: unknown) => void, spill = new Spill()) {
    this.#next = next;
    this.#warn = warn;
    this.#store = { spill, memoryBytes: 0, onSpillFailed: (error) => this.#giveUpOrder(error) };
  }

  output(event: OutputEvent): void | Promise<void> {
    const { id } = event.node;
    this.#owner ??= event.node;
    const isFree = this.#owner.id === id || !this.#isOrdered;
    if (isFree && !this.#waiting.has(id)) return this.#next.output(event);
    const waiting = this.#wait(event.node);
    waiting.hasEnded = false;
    const stored = waiting.backlog.push(event);
    return this.#isOrdered ? stored : this.#replayed();
  }

  end(node: Node): void {
    const waiting = this.#waiting.get(node.id);
    if (waiting !== undefined) {
      waiting.hasEnded = true;
      return;
    }
    this.#next.end(node);
    if (this.#owner?.id !== node.id) return;
    this.#owner = undefined;
    void this.#replayed();
  }

  async drain(): Promise<void> {
    if (this.#owner !== undefined) this.end(this.#owner);
    this.#isOrdered = false;
    await this.#replayed();
    await this.#next.drain();
    await this.#store.spill.close();
  }

  #wait(node: Node): Waiting {
    let waiting = this.#waiting.get(node.id);
    if (waiting === undefined) {
      waiting = { node, backlog: new Backlog(this.#store), hasEnded: false };
      this.#waiting.set(node.id, waiting);
    }
    return waiting;
  }

  #giveUpOrder(error: unknown): void {
    if (!this.#isOrdered) return;
    this.#isOrdered = false;
    this.#warn('no room to keep output back for --serial: lines of several nodes are mixed from here', error);
    void this.#replayed();
  }

  /** Prints the backlogs whose turn it is; only one replay runs at a time. */
  #replayed(): Promise<void> {
    if (!this.#isReplaying) this.#replay = this.#replayBacklogs();
    return this.#replay;
  }

  async #replayBacklogs(): Promise<void> {
    this.#isReplaying = true;
    for (const [id, waiting] of this.#waiting) {
      if (this.#isOrdered && this.#owner !== undefined) break;
      this.#owner = waiting.node;
      while (!waiting.backlog.isEmpty) await this.#replaySegment(waiting);
      this.#waiting.delete(id);
      if (!waiting.hasEnded) continue;
      this.#next.end(waiting.node);
      this.#owner = undefined;
    }
    this.#isReplaying = false;
  }

  async #replaySegment({ node, backlog }: Waiting): Promise<void> {
    try {
      for (const piece of await backlog.shift()) await this.#next.output({ type: 'output', node, ...piece });
    } catch (error) {
      this.#warn(describeLostOutput(node), error);
    }
  }
}
