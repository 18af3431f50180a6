/** How the view of a rollout names its nodes, and the moment that it shows. */
import type { Node } from '../../core/node.ts';

export interface Naming {
  readonly nowMs: number;
  /** A short name, safe to print. */
  labelOf(node: Node): string;
  /** Many names in few words. */
  fold(names: readonly string[]): string;
}
