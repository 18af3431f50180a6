/** How a way of printing (text, quiet, verbose, JSON) handles one source of output. */
import type { OutputEvent, Stream } from '../core/events.ts';
import type { Node } from '../core/node.ts';

/** One stream of one node; `tar`: written by the receiver of an upload, not by the command. */
export type Source = Pick<OutputEvent, 'node' | 'stream' | 'from'>;

/** How the lines of one source look, and where they go. */
export interface SourceFormat {
  readonly target: Stream;
  /** `lines` end with a newline, except a source's last line and the first part of a line that is too long. */
  render(lines: Buffer): Buffer | string;
  /** The same for a source's last line without a newline, if that looks different. */
  renderLast?(line: Buffer): Buffer | string;
}

export type Format = (source: Source) => SourceFormat;

/** Takes the output of nodes: `SourceLines` prints it at once, `Serial` one node after the other. */
export interface NodeOutput {
  output(event: OutputEvent): void | Promise<void>;
  /** Nothing more comes from this node for now. */
  end(node: Node): void;
  /** Prints all that it kept back, also from nodes that never ended. */
  drain(): Promise<void>;
}

/** Marks the words of an upload's receiver. */
export function innerPrefix({ from }: Source): string {
  return from === 'tar' ? '{tar} ' : '';
}
