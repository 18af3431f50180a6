/** The bytes of files between here and the nodes: counts them, tells them, and holds them to `--bwlimit`. */
import type { Tell } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { Sink } from '../transfer/fan-out.ts';
import { type Pace, Turns } from '../transfer/pace.ts';

export class Traffic {
  readonly #tell: Tell;
  readonly #pace: Pace | undefined;
  readonly #ofNode = new Map<string, number>();
  #told = 0;
  #bytes = 0;

  /** `pace`: undefined if all may go at once. */
  constructor(tell: Tell, pace: Pace | undefined) {
    this.#tell = tell;
    this.#pace = pace;
  }

  /** Bytes that went over the wire, to or from all nodes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * `whole`: about how much this node gets; once it has all, that is what the event says. `ratio`: how many bytes of
   * that one byte in the sink stands for, as far as known by then.
   */
  through(node: Node, sink: Sink, whole: number, ratio: () => number = () => 1): Sink {
    const turns = this.turns();
    sink.ended.then(
      () => turns.end(),
      () => turns.end(),
    );
    let [given, told] = [0, 0];
    return {
      ended: sink.ended,
      write: async (bytes) => {
        for (let at = 0; at < bytes.length && !turns.isOver; ) {
          const piece = bytes.subarray(at, at + turns.pieceBytes);
          await turns.wait(piece.length);
          if (turns.isOver) return;
          await sink.write(piece);
          at += piece.length;
          given += piece.length;
          this.#bytes += piece.length;
          told = Math.max(told, Math.min(Math.round(given * ratio()), Math.max(0, whole - 1)));
          this.#note(node, told, whole);
        }
      },
      end: () => {
        this.#note(node, whole, whole);
        sink.end();
      },
    };
  }

  /** Bytes that a node has sent. */
  received(node: Node, bytes: number): void {
    this.#bytes += bytes;
    this.#note(node, (this.#ofNode.get(node.id) ?? 0) + bytes);
  }

  /** The pace of one node. */
  turns(): Turns {
    return new Turns(this.#pace);
  }

  #note(node: Node, ofNode: number, whole?: number): void {
    this.#told += ofNode - (this.#ofNode.get(node.id) ?? 0);
    this.#ofNode.set(node.id, ofNode);
    this.#tell({ type: 'bytes', sent: this.#told, node, ofNode, ...(whole === undefined ? {} : { whole }) });
  }
}
