/** What the view of a rollout calls its nodes, and the moment that it shows. */
import type { Node } from '../../core/node.ts';

export interface Naming {
  readonly nowMs: number;
  /** A short name, safe to print. */
  labelOf(node: Node): string;
  /** Many as few. */
  fold(names: readonly string[]): string;
}
