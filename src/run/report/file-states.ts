/** What is known of the destinations of a run on each node. The report has it at the end, and claims no more than the nodes have said. */
import type { FileState, FilesAtEnd } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';

export class FileStates {
  readonly #states = new Map<string, { readonly node: Node; state: FileState }>();
  #hasBegun = false;
  #isByNode = false;

  /** Nothing has changed there yet. */
  begin(nodes: readonly Node[]): void {
    for (const node of nodes) this.set(node, 'old');
  }

  /** From now on each of these nodes may change, until it has said how it ended. */
  beginSwitch(nodes: readonly Node[]): void {
    this.#hasBegun = true;
    for (const node of nodes) this.set(node, 'unknown');
  }

  /** Each node has its own new files, whatever becomes of others. */
  goByNode(): void {
    this.#isByNode = true;
  }

  set(node: Node, state: FileState): void {
    this.#states.set(node.id, { node, state });
  }

  stateOf({ id }: Pick<Node, 'id'>): FileState | undefined {
    return this.#states.get(id)?.state;
  }

  /** What a keeper found at the end counts if the node has not said how it ended. */
  settle(node: Node, state: FileState): void {
    if (this.#states.get(node.id)?.state === 'unknown') this.set(node, state);
  }

  /** From now on a program of the user has the files: nobody knows what it changes. */
  forget(): void {
    this.#states.clear();
  }

  /** Undefined if the run sent no files, or nothing is known of them. */
  atEnd(): FilesAtEnd | undefined {
    if (this.#states.size === 0) return undefined;
    const nodesIn = (wanted: FileState) =>
      [...this.#states.values()].flatMap(({ node, state }) => (state === wanted ? [node] : []));
    return {
      hasBegun: this.#hasBegun,
      ...(this.#isByNode ? { isByNode: true as const } : {}),
      old: nodesIn('old'),
      new: nodesIn('new'),
      unknown: nodesIn('unknown'),
    };
  }
}
