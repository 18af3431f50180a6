/** What became of the destinations in a failed run, in one sentence. Pure. */

import type { FilesAtEnd } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { listNodes } from '../../text/list-nodes.ts';
import type { ReportBounds } from './tree.ts';

/** Undefined if, as far as anybody knows, nothing was at stake. */
export function describeFiles(files: FilesAtEnd | undefined, bounds: ReportBounds): string | undefined {
  if (files === undefined) return undefined;
  const { hasBegun, isByNode = false, old, new: fresh, unknown } = files;
  const count = old.length + fresh.length + unknown.length;
  const where = count === 1 ? '' : ` on all ${count} nodes`;
  if (!hasBegun) return 'no destination is changed on any node';
  if (isByNode && old.length === count) return 'node by node; all have their old files';
  if (old.length === count) return `taken back${where}: no destination is changed`;
  if (fresh.length === count) return `the new files were put in place${where}`;
  const part = (what: string, nodes: readonly Node[]) =>
    nodes.length === 0 ? [] : [`${what}: ${listNodes(nodes, bounds)}`];
  return [
    ...(isByNode ? ['node by node'] : []),
    ...part('unknown, look at the node', unknown),
    ...part('wholly new', fresh),
    ...part('wholly old', old),
  ].join('; ');
}
