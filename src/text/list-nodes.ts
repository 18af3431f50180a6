/** Nodes as text for people, however many they are. Pure. */
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { foldNames } from './fold-names.ts';
import { sanitiseText } from './sanitise.ts';

/** `[a], [b]`; of many `[web[1-1000]]`, or where their names are too different `[a], [b] and 998 more (-v lists them)`. */
export function listNodes(nodes: readonly Node[], { namesMax }: { readonly namesMax: number }): string {
  if (nodes.length > namesMax) {
    const folded = foldNames(nodes.map((node) => sanitiseText(node.id)));
    if (folded.length <= LIMITS.reportFoldedCharsMax) return folded;
  }
  const names = nodes.slice(0, namesMax).map((node) => sanitiseText(node.id));
  const more = nodes.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more (-v lists them)` : '');
}

/** `1 node`, `7 nodes`. */
export function countNodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}

/** `all 7 nodes`; of a run on one node `its node`. */
export function allNodes(count: number): string {
  return count === 1 ? 'its node' : `all ${count} nodes`;
}
