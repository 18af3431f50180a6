/** How far each node is with the bytes of a run: the slowest, for the lines below the bar and in the log. It gets all events. */
import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { columnsOf, cutToColumns } from '../../text/width.ts';
import { formatBytes } from './progress.ts';

interface Share {
  readonly bytes: number;
  /** Undefined if nobody knows. */
  readonly whole: number | undefined;
}

const NOTHING: Share = { bytes: 0, whole: undefined };

export class NodeBytes {
  readonly #shares = new Map<string, Share>();

  see(event: ControlEvent): void {
    if (event.type === 'phase') this.#shares.clear();
    if (event.type === 'bytes') this.#shares.set(event.node.id, { bytes: event.ofNode, whole: event.whole });
  }

  of({ id }: Node): Share {
    return this.#shares.get(id) ?? NOTHING;
  }

  /** Of these nodes those with the smallest part of their bytes, slowest first; none that has all. */
  slowest(nodes: readonly Node[], nodesMax: number): Node[] {
    if (this.#shares.size === 0) return [];
    const slowest: { readonly node: Node; readonly part: number }[] = [];
    for (const node of nodes) {
      const { bytes, whole } = this.of(node);
      const part = whole === undefined ? bytes : bytes / whole;
      if (bytes === whole || (slowest.length === nodesMax && part >= (slowest.at(-1)?.part ?? 0))) continue;
      const place = slowest.findIndex((other) => part < other.part);
      slowest.splice(place < 0 ? slowest.length : place, 0, { node, part });
      slowest.length = Math.min(slowest.length, nodesMax);
    }
    return slowest.map(({ node }) => node);
  }
}

/** `  12%  1.20MiB/10.00MiB  web3`: lines that fit, with the names in a column. */
export function slowestLines(
  nodes: readonly Node[],
  { bytes, labelOf, columns }: { bytes: NodeBytes; labelOf: (node: Node) => string; columns: number },
): string[] {
  const facts = nodes.map((node) => describeShare(bytes.of(node)));
  const width = Math.max(0, ...facts.map(columnsOf));
  return nodes.map((node, index) =>
    cutToColumns(`   ${(facts[index] ?? '').padStart(width)}  ${labelOf(node)}`, columns),
  );
}

/** `12%  1.20MiB/10.00MiB`, or `1.20MiB` if nobody knows the whole. */
export function describeShare({ bytes, whole }: Share): string {
  if (whole === undefined) return formatBytes(bytes);
  return `${Math.floor((bytes / whole) * 100)}%  ${formatBytes(bytes)}/${formatBytes(whole)}`;
}
