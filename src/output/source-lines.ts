/** Prints output of nodes as it comes: whole lines only, one write for each chunk, so that lines never mix. */

import type { OutputEvent } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { LineSplitter } from '../text/lines.ts';
import type { Format, NodeOutput, SourceFormat } from './format.ts';
import { Gauge } from './terminal/gauge.ts';
import type { Terminal } from './terminal/terminal.ts';

interface OpenSource extends SourceFormat {
  readonly splitter: LineSplitter;
}

interface OpenNode {
  /** Counts the node's output that waits for the terminal: a noisy node has to wait long before the quiet ones. */
  readonly waiting: Gauge;
  /** In the order in which they first spoke. */
  readonly sources: Map<string, OpenSource>;
}

export class SourceLines implements NodeOutput {
  readonly #format: Format;
  readonly #terminal: Terminal;
  readonly #nodes = new Map<string, OpenNode>();

  constructor(format: Format, terminal: Terminal) {
    this.#format = format;
    this.#terminal = terminal;
  }

  output(event: OutputEvent): void | Promise<void> {
    const node = this.#open(event.node.id);
    const source = this.#source(node, event);
    const writes = source.splitter
      .push(event.chunk)
      .map((lines) => this.#terminal.write(source.target, source.render(lines), node.waiting));
    if (event.endsLine === true) this.#flushSource(source);
    return writes.at(-1);
  }

  end(node: Node): void {
    this.#flush(node.id);
  }

  async drain(): Promise<void> {
    for (const id of [...this.#nodes.keys()]) this.#flush(id);
  }

  #flush(nodeId: string): void {
    for (const source of this.#nodes.get(nodeId)?.sources.values() ?? []) this.#flushSource(source);
    this.#nodes.delete(nodeId);
  }

  #flushSource({ splitter, target, render, renderLast = render }: OpenSource): void {
    const rest = splitter.end();
    if (rest !== undefined) this.#terminal.write(target, renderLast(rest));
  }

  #open(nodeId: string): OpenNode {
    const node = this.#nodes.get(nodeId) ?? {
      waiting: new Gauge(LIMITS.outputQueuePerNodeBytesMax),
      sources: new Map<string, OpenSource>(),
    };
    this.#nodes.set(nodeId, node);
    return node;
  }

  #source({ sources }: OpenNode, event: OutputEvent): OpenSource {
    const key = `${event.stream} ${event.from ?? ''}`;
    const source = sources.get(key) ?? { ...this.#format(event), splitter: new LineSplitter() };
    sources.set(key, source);
    return source;
  }
}
