/** What a way of printing (text, quiet, verbose, JSON) has to say about one source of output. */
import type { OutputEvent, Stream } from '../core/events.ts';
import type { Node } from '../core/node.ts';

/** One stream of one node; `tar`: the receiver of an upload wrote it, not the command. */
export type Source = Pick<OutputEvent, 'node' | 'stream' | 'from'>;

/** How the lines of one source look, and where they go. */
export interface SourceFormat {
  readonly target: Stream;
  /** `lines` end with a newline, except the last line of a source and the beginning of a line that is too long. */
  render(lines: Buffer): Buffer | string;
}

export type Format = (source: Source) => SourceFormat;

/** Takes the output of nodes: `SourceLines` prints it at once, `Serial` one node after the other. */
export interface NodeOutput {
  output(event: OutputEvent): void | Promise<void>;
  /** Nothing more comes from this node for now. */
  end(node: Node): void;
  /** Hands on whatever was kept back, also of nodes that never ended. */
  drain(): Promise<void>;
}

/** What the receiver of an upload says is marked. */
export function innerPrefix({ from }: Source): string {
  return from === 'tar' ? '{tar} ' : '';
}
