/** The words of an upload's receiver: for each node only the first lines. With a full disk it says the same of each of 100,000 files. */

import type { OutputEvent } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutput } from './format.ts';

const NEWLINE = 10;

interface Heard {
  lines: number;
  left: number;
  /** Part of a line has come that it leaves out. */
  hasPart: boolean;
  /** The last event that it left out. A line in its place says how many there were. */
  last: OutputEvent | undefined;
}

export class TarLines implements NodeOutput {
  readonly #next: NodeOutput;
  readonly #heard = new Map<string, Heard>();

  constructor(next: NodeOutput) {
    this.#next = next;
  }

  output(event: OutputEvent): void | Promise<void> {
    if (event.from === undefined) return this.#next.output(event);
    const shown = this.#take(event);
    return shown && this.#next.output(shown);
  }

  end(node: Node): void {
    this.#tellRest(node.id);
    this.#next.end(node);
  }

  async drain(): Promise<void> {
    for (const id of [...this.#heard.keys()]) this.#tellRest(id);
    await this.#next.drain();
  }

  /** The part to show; undefined: none of it. */
  #take(event: OutputEvent): OutputEvent | undefined {
    const heard = this.#heard.get(event.node.id) ?? { lines: 0, left: 0, hasPart: false, last: undefined };
    this.#heard.set(event.node.id, heard);
    let shownBytes = 0;
    for (let at = 0; at < event.chunk.length; ) {
      const end = event.chunk.indexOf(NEWLINE, at);
      at = end === -1 ? event.chunk.length : end + 1;
      const isShown = heard.lines < LIMITS.tarLinesMax;
      if (isShown) shownBytes = at;
      heard.hasPart = !isShown && end === -1;
      if (end === -1) break;
      if (isShown) heard.lines++;
      else heard.left++;
    }
    if (shownBytes < event.chunk.length) heard.last = event;
    if (shownBytes === 0) return undefined;
    return { ...event, chunk: event.chunk.subarray(0, shownBytes) };
  }

  /** Prints the line that stands for those left out. */
  #tellRest(id: string): void {
    const heard = this.#heard.get(id);
    this.#heard.delete(id);
    const left = heard === undefined ? 0 : heard.left + (heard.hasPart ? 1 : 0);
    if (heard?.last === undefined || left === 0) return;
    const count = left === 1 ? '1 more line' : `${left} more lines`;
    void this.#next.output({ ...heard.last, chunk: Buffer.from(`and ${count} (-v shows them)\n`) });
  }
}
