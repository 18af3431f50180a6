/**
 * `--fold`: keeps the output of each command, in memory and then on disk, until the run is over; then shows each output
 * once, under the names of all nodes that have it. When the disk is full, it shows what it has kept, and everything
 * else as it comes: no byte is lost.
 */

import type { OutputEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { type BacklogStore, describeLostOutput } from '../backlog.ts';
import type { NodeOutput } from '../format.ts';
import { Spill } from '../spill.ts';
import { Captured, STREAMS } from './captured.ts';
import type { FoldPrinter, Group } from './fold-printer.ts';

export class Folded implements NodeOutput {
  /** For output that is not folded, such as the words of an upload's receiver. */
  readonly #next: NodeOutput;
  readonly #printer: FoldPrinter;
  readonly #warn: (message: string, error: unknown) => void;
  readonly #store: BacklogStore;
  /** Nodes whose command may still write. */
  readonly #open = new Map<string, { readonly node: Node; readonly captured: Captured }>();
  /** Nodes whose command never said a word; it may not have begun. */
  readonly #silent = new Map<string, Node>();
  readonly #ended = new Set<string>();
  readonly #groups = new Map<string, Group>();
  #isFolding = true;
  #shown = Promise.resolve();

  constructor(
    next: NodeOutput,
    printer: FoldPrinter,
    warn: (message: string, error: unknown) => void,
    spill = new Spill(),
  ) {
    this.#next = next;
    this.#printer = printer;
    this.#warn = warn;
    this.#store = { spill, memoryBytes: 0, onSpillFailed: (error) => this.#giveUp(error) };
  }

  output(event: OutputEvent): void | Promise<void> {
    // A background process of a command may print after the command's end.
    if (event.from === 'tar' || this.#ended.has(event.node.id)) return this.#next.output(event);
    if (!this.#isFolding) return this.#shown.then(() => this.#next.output(event));
    const entry = this.#open.get(event.node.id) ?? { node: event.node, captured: new Captured(this.#store) };
    this.#open.set(event.node.id, entry);
    return entry.captured.push(event);
  }

  end(node: Node): void {
    this.#next.end(node);
    if (!this.#isFolding) return;
    if (this.#open.has(node.id)) this.#group(node.id);
    else if (!this.#ended.has(node.id)) this.#silent.set(node.id, node);
  }

  async drain(): Promise<void> {
    if (this.#isFolding) {
      this.#isFolding = false;
      for (const id of [...this.#open.keys()]) this.#group(id);
      for (const node of this.#silent.values()) {
        if (!this.#ended.has(node.id)) this.#add(node, new Captured(this.#store));
      }
      this.#shown = this.#showGroups();
    }
    await this.#shown;
    await this.#next.drain();
    await this.#store.spill.close();
  }

  /** The node has said everything: an output that is already known need not be kept. */
  #group(id: string): void {
    const entry = this.#open.get(id);
    if (entry === undefined) return;
    this.#open.delete(id);
    this.#add(entry.node, entry.captured);
  }

  #add(node: Node, captured: Captured): void {
    this.#ended.add(node.id);
    const key = captured.seal();
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { nodes: [node], captured });
      return;
    }
    group.nodes.push(node);
    captured.discard();
  }

  async #showGroups(): Promise<void> {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    try {
      await this.#printer.print(groups);
    } catch (error) {
      this.#warn(describeLostOutput(), error);
    }
  }

  #giveUp(error: unknown): void {
    if (!this.#isFolding) return;
    this.#isFolding = false;
    this.#warn('no room to keep output back for --fold: from here it is shown as it comes', error);
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#shown = this.#showGroups().then(async () => {
      for (const { node, captured } of open) await this.#showUnfolded(node, captured);
    });
  }

  async #showUnfolded(node: Node, captured: Captured): Promise<void> {
    try {
      for (const stream of STREAMS) {
        for await (const chunk of captured[stream].take()) {
          await this.#next.output({ type: 'output', node, stream, chunk });
        }
      }
    } catch (error) {
      this.#warn(describeLostOutput(node), error);
    }
  }
}
