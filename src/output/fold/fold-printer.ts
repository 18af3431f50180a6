/** Prints groups of nodes with equal output, largest first: the output below a line with the names of its nodes. */
import type { Stream } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { foldNames } from '../../text/fold-names.ts';
import { fullLabel, nodeLabels } from '../labels.ts';
import { SourceLines } from '../source-lines.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { bareFormat } from '../text.ts';
import { type Captured, STREAMS } from './captured.ts';
import { unifiedDiff } from './diff.ts';

export interface Group {
  /** In any order. */
  readonly nodes: [Node, ...Node[]];
  readonly captured: Captured;
}

export interface FoldPrinterOptions {
  /** `diff`: prints the others as a diff against the largest group. */
  readonly how: 'same' | 'diff';
  /** All nodes of the run. */
  readonly nodes: readonly Node[];
  readonly terminal: Terminal;
}

/** For diffs: the outputs that are small enough. */
type Texts = Readonly<Partial<Record<Stream, Buffer>>>;

interface Base {
  readonly group: Group;
  readonly texts: Texts;
}

export class FoldPrinter {
  readonly #options: FoldPrinterOptions;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #places: ReadonlyMap<string, number>;
  readonly #lines: SourceLines;

  constructor(options: FoldPrinterOptions) {
    this.#options = options;
    this.#labels = nodeLabels(options.nodes);
    this.#places = new Map(options.nodes.map(({ id }, place) => [id, place]));
    this.#lines = new SourceLines(bareFormat(options.terminal), options.terminal);
  }

  /** Groups of equal size come in the order of the run's nodes, by their first one. Prints nothing if no node has said anything. */
  async print(groups: readonly Group[]): Promise<void> {
    if (groups.every(({ captured }) => isSilent(captured))) return;
    const place = ({ nodes }: Group) => Math.min(...nodes.map(({ id }) => this.#places.get(id) ?? 0));
    const sorted = groups
      .map((group) => ({ group, place: place(group) }))
      .sort((a, b) => b.group.nodes.length - a.group.nodes.length || a.place - b.place);
    let base: Base | undefined;
    for (const { group } of sorted) {
      const texts = this.#options.how === 'diff' ? await takeTexts(group.captured) : {};
      if (base === undefined || this.#options.how === 'same') await this.#printWhole(group, texts);
      else await this.#printDiff(group, texts, base);
      base ??= { group, texts };
    }
  }

  async #printWhole(group: Group, texts: Texts): Promise<void> {
    const spoken = STREAMS.filter((stream) => group.captured[stream].bytes > 0);
    if (spoken.length === 0) this.#printTitle(group, 'stdout', ', no output');
    for (const stream of spoken) {
      this.#printTitle(group, stream);
      await this.#printText(group, stream, texts);
    }
  }

  /** Leaves out streams that are equal. Shows a stream that the base lacks whole. */
  async #printDiff(group: Group, texts: Texts, base: Base): Promise<void> {
    for (const stream of STREAMS) {
      if (group.captured[stream].digest === base.group.captured[stream].digest) continue;
      const [before, after] = [base.texts[stream], texts[stream]];
      if (base.group.captured[stream].bytes === 0) {
        this.#printTitle(group, stream);
        await this.#printText(group, stream, texts);
        continue;
      }
      const diff = before && after && unifiedDiff(this.#named(base.group, before), this.#named(group, after));
      const why = before && after ? 'different' : 'large';
      this.#printTitle(group, stream, diff === undefined ? `, too ${why} for a diff` : '');
      await this.#printText(group, stream, diff === undefined ? texts : { [stream]: diff });
    }
  }

  /** In the style of `head` with several files. */
  #printTitle(group: Group, stream: Stream, remark = ''): void {
    const count = group.nodes.length === 1 ? '' : ` (${group.nodes.length} nodes)`;
    const of = stream === 'stderr' ? ', stderr' : '';
    void this.#options.terminal.write(stream, `==> ${this.#names(group)}${count}${of}${remark} <==\n`);
  }

  async #printText(group: Group, stream: Stream, texts: Texts): Promise<void> {
    const [node] = group.nodes;
    const text = texts[stream];
    let last: number | undefined = NEWLINE;
    for await (const chunk of text === undefined ? group.captured[stream].take() : [text]) {
      await this.#lines.output({ type: 'output', node, stream, chunk });
      last = chunk.at(-1) ?? last;
    }
    this.#lines.end(node);
    if (last !== NEWLINE) void this.#options.terminal.write(stream, '\n');
  }

  #named(group: Group, bytes: Buffer): { name: string; bytes: Buffer } {
    return { name: this.#names(group), bytes };
  }

  #names({ nodes }: Group): string {
    const sorted = nodes.toSorted((a, b) => (this.#places.get(a.id) ?? 0) - (this.#places.get(b.id) ?? 0));
    return foldNames(sorted.map((node) => this.#labels.get(node.id) ?? fullLabel(node)));
  }
}

const NEWLINE = 10;

function isSilent(captured: Captured): boolean {
  return STREAMS.every((stream) => captured[stream].bytes === 0);
}

async function takeTexts(captured: Captured): Promise<Texts> {
  const texts: Partial<Record<Stream, Buffer>> = {};
  for (const stream of STREAMS) {
    if (captured[stream].bytes <= LIMITS.foldDiffBytesMax) texts[stream] = await captured[stream].takeAll();
  }
  return texts;
}
