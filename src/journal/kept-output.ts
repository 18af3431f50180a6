/** `--keep-output`: keeps what each node prints, up to a bound. It leaves out, and reports, what a slow disk cannot take, and holds no node back. */
import type { ControlEvent, OutputEvent, Stamped } from '../core/events.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import type { Node } from '../core/node.ts';

/** Files that take output; in production those of `--outdir`. */
export interface OutputFiles {
  output(event: OutputEvent): unknown;
  /** Resolves when everything is written, with an error if some of it could not be. */
  close(): Promise<Error | undefined>;
}

const NEWLINE = Buffer.from('\n');

interface Kept {
  readonly node: Node;
  kept: number;
  leftOut: number;
}

export class KeptOutput {
  readonly #streams = new Map<string, Kept>();
  /** Output that comes before the files are open. */
  #early: OutputEvent[] | undefined = [];
  #files: OutputFiles | undefined;
  #bytes = 0;

  /** The room that they take. */
  get bytes(): number {
    return this.#bytes;
  }

  open(files: OutputFiles): void {
    this.#files = files;
    for (const event of this.#early ?? []) files.output(event);
    this.#early = undefined;
  }

  take(event: OutputEvent): void {
    const { node, stream, from, endsLine } = event;
    if (from !== undefined) return;
    const chunk = endsLine === true ? Buffer.concat([event.chunk, NEWLINE]) : event.chunk;
    const key = `${stream} ${node.id}`;
    const kept = this.#streams.get(key) ?? this.#begin(key, node);
    const { outputFileBytesMax, outputBytesMax } = JOURNAL_LIMITS;
    const room = Math.min(outputFileBytesMax - kept.kept, outputBytesMax - this.#bytes);
    const part = chunk.length <= room ? chunk : Buffer.from(chunk.subarray(0, Math.max(0, room)));
    kept.leftOut += chunk.length - part.length;
    if (part.length === 0) return;
    kept.kept += part.length;
    this.#bytes += part.length;
    const taken = part === event.chunk ? event : { ...event, chunk: part };
    if (this.#early === undefined) this.#files?.output(taken);
    else this.#early.push(taken);
  }

  /** Many small files take more room than their bytes. */
  #begin(key: string, node: Node): Kept {
    const kept = { node, kept: 0, leftOut: 0 };
    this.#streams.set(key, kept);
    this.#bytes += JOURNAL_LIMITS.blockBytes;
    return kept;
  }

  /** Keeps nothing more. */
  forget(): void {
    this.#early = undefined;
    this.#files = undefined;
  }

  /** Resolves with events about missing output. Rejects when output could not be written. */
  async close(): Promise<Stamped<ControlEvent>[]> {
    const failure = await this.#files?.close();
    if (failure !== undefined) throw failure;
    return [...this.#streams.values()]
      .filter(({ leftOut }) => leftOut > 0)
      .map(({ node, leftOut }) => ({
        type: 'log',
        level: 'warn',
        node,
        message: `its output is not kept whole: ${leftOut} bytes are missing`,
        at: Date.now(),
        run: undefined,
      }));
  }
}
