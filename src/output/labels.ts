/** The label before each line of a node: as short as the nodes of this run allow. */
import { LIMITS } from '../core/limits/limits.ts';
import { bracketed, type Node } from '../core/node.ts';
import { foldNames } from '../text/fold-names.ts';
import { sanitiseWord } from '../text/sanitise.ts';

/**
 * Node id → `host`; `host:port` if another node has the same host; `user@host:port` if it has the same port, too.
 */
export function nodeLabels(nodes: readonly Node[]): Map<string, string> {
  const nodesOfHost = count(nodes.map(host));
  const nodesOfAddress = count(nodes.map(address));
  return new Map(
    nodes.map((node) => {
      const isOnlyOfHost = nodesOfHost.get(host(node)) === 1;
      const isOnlyOfAddress = nodesOfAddress.get(address(node)) === 1;
      const label = isOnlyOfHost ? host(node) : isOnlyOfAddress ? address(node) : userAddress(node);
      return [node.id, sanitiseWord(label)];
    }),
  );
}

/** Nodes of a run in few words: `web[1-40]`. It makes their labels once for all lines. */
export class NodeNames {
  readonly #labels: ReadonlyMap<string, string>;

  constructor(nodes: readonly Node[]) {
    this.#labels = nodeLabels(nodes);
  }

  of(nodes: readonly Node[]): string {
    const names = nodes.map((node) => this.#labels.get(node.id) ?? fullLabel(node));
    const folded = foldNames(names);
    if (folded.length <= LIMITS.reportFoldedCharsMax) return folded;
    return `${names.slice(0, LIMITS.reportNamesMax).join(', ')} and ${names.length - LIMITS.reportNamesMax} more`;
  }
}

/** The label of a node that is not in the list. */
export function fullLabel(node: Node): string {
  return sanitiseWord(userAddress(node));
}

function userAddress(node: Node): string {
  return `${node.user}@${address(node)}`;
}

function address(node: Node): string {
  return `${host(node)}:${node.port}`;
}

function host(node: Node): string {
  return bracketed(node.host);
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
